// Users, their keys and policies, as the admin API tells of them.

import type { Tag } from "../tagging.ts";

export interface User {
  UserName: string;
  UserId: string;
  Arn: string;
  /** Seconds since 1970. */
  CreateDate: number;
  Tags?: Tag[];
}

export interface AccessKey {
  AccessKeyId: string;
  Status: "Active" | "Inactive";
  CreateDate: number;
  /** Since the server started. */
  LastUsedDate?: number;
}

/** A key that was just made: the only time that its secret is told. */
export interface NewKey extends AccessKey {
  UserName?: string;
  SecretAccessKey: string;
}

/** One of a user's own, or a managed one by its ARN. */
export type UserPolicy = { PolicyName: string; PolicyDocument: string } | { PolicyArn: string };

export interface Described {
  User: User;
  AccessKeys: AccessKey[];
  Policies: UserPolicy[];
}

export const KEYS_MAX = 2;
export const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";

/** The managed policies that Pixii has. */
export const managed: { value: string; label: string; description: string }[] = [
  { value: ADMINISTRATOR, label: "AdministratorAccess", description: "Everything, users too" },
  {
    value: "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess",
    label: "AmazonDynamoDBFullAccess",
    description: "Everything with tables",
  },
  {
    value: "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess",
    label: "AmazonDynamoDBReadOnlyAccess",
    description: "Reads of all tables",
  },
];

export function policyTitle(policy: UserPolicy): string {
  return "PolicyArn" in policy ? (policy.PolicyArn.split("/").at(-1) ?? policy.PolicyArn) : policy.PolicyName;
}

/** IAM's rule for names of users (64) and policies (128). */
export function iamNameFault(name: string, max: 64 | 128): string | undefined {
  if (name === "") return "Enter a name.";
  if (name.length > max) return `A name has at most ${max} characters.`;
  return /^[\w+=,.@-]+$/.test(name) ? undefined : "A name has letters, digits, and _ + = , . @ - only.";
}

/** The credentials as a shell takes them. */
export function environmentOf(key: { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string }): string {
  return [
    `export AWS_ACCESS_KEY_ID=${key.AccessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${key.SecretAccessKey}`,
    ...(key.SessionToken === undefined ? [] : [`export AWS_SESSION_TOKEN=${key.SessionToken}`]),
  ].join("\n");
}
