// A connection as it is typed: text everywhere, until it is checked.

import type { Connection, ConnectionDraft } from "../api.ts";
import { isRegion } from "../app/regions.ts";

export interface Form {
  name: string;
  service: "aws" | "other";
  endpoint: string;
  region: string;
  kind: "keys" | "profile";
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  profile: string;
  assumesRole: boolean;
  roleArn: string;
  externalId: string;
  isReadOnly: boolean;
  asksBeforeWriting: boolean;
}

export const emptyForm: Form = {
  name: "",
  service: "aws",
  endpoint: "",
  region: "us-east-1",
  kind: "keys",
  accessKeyId: "",
  secretAccessKey: "",
  sessionToken: "",
  profile: "",
  assumesRole: false,
  roleArn: "",
  externalId: "",
  isReadOnly: false,
  asksBeforeWriting: true,
};

const isAmazon = (endpoint: string | null) => endpoint === null || endpoint === "aws";

/** What is known of a connection. Its secrets are not: an empty one keeps what is stored. */
export function formOf(connection: Connection): Form {
  const { name, endpoint, region, credentials, roleArn, externalId, isReadOnly, asksBeforeWriting } = connection;
  return {
    ...emptyForm,
    name,
    service: isAmazon(endpoint) && connection.kind === "remote" ? "aws" : "other",
    endpoint: endpoint === null || isAmazon(endpoint) ? "" : endpoint,
    region,
    kind: credentials.kind === "profile" ? "profile" : "keys",
    accessKeyId: credentials.kind === "keys" ? credentials.accessKeyId : "",
    profile: credentials.kind === "profile" ? credentials.profile : "",
    assumesRole: roleArn !== null,
    roleArn: roleArn ?? "",
    externalId: externalId ?? "",
    isReadOnly,
    asksBeforeWriting,
  };
}

export type Faults = Partial<Record<keyof Form, string>>;

/** What is missing or cannot be, by field. */
export function faultsOf(form: Form, stored: Connection | null): Faults {
  const faults: Faults = {};
  const need = (field: keyof Form, what: string) => {
    if (String(form[field]).trim() === "") faults[field] = `Enter ${what}.`;
  };
  need("name", "a name");
  if (form.service === "other") {
    need("endpoint", "the endpoint's address");
    if (faults.endpoint === undefined && !isAddress(form.endpoint.trim())) {
      faults.endpoint = "An address begins with http:// or https://, such as http://localhost:8000.";
    }
  }
  need("region", "a Region");
  if (faults.region === undefined && !isRegion(form.region.trim())) {
    faults.region = "A Region's name has lower-case letters, digits and hyphens, such as eu-west-1.";
  }
  if (form.kind === "profile") need("profile", "a profile's name");
  else {
    need("accessKeyId", "the access key ID");
    // The stored secret belongs to the stored key only.
    const keeps = stored?.credentials.kind === "keys" && stored.credentials.accessKeyId === form.accessKeyId.trim();
    if (!keeps) need("secretAccessKey", "the secret access key");
  }
  if (form.assumesRole && !/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(form.roleArn.trim())) {
    faults.roleArn = "A role's ARN looks like arn:aws:iam::123456789012:role/name.";
  }
  return faults;
}

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** What is sent to save or test it. */
export function draftOf(form: Form, stored: Connection | null): ConnectionDraft {
  const secret = (value: string) => (value.trim() === "" ? undefined : value.trim());
  const secretAccessKey = secret(form.secretAccessKey);
  const sessionToken = secret(form.sessionToken);
  return {
    ...(stored && { id: stored.id, version: stored.version }),
    name: form.name.trim(),
    endpoint: form.service === "aws" ? "aws" : form.endpoint.trim(),
    region: form.region.trim(),
    credentials:
      form.kind === "profile"
        ? { kind: "profile", profile: form.profile.trim() }
        : {
            kind: "keys",
            accessKeyId: form.accessKeyId.trim(),
            ...(secretAccessKey !== undefined && { secretAccessKey }),
            ...(sessionToken !== undefined && { sessionToken }),
          },
    ...(form.assumesRole && { roleArn: form.roleArn.trim() }),
    ...(form.assumesRole && form.externalId.trim() !== "" && { externalId: form.externalId.trim() }),
    isReadOnly: form.isReadOnly,
    asksBeforeWriting: form.asksBeforeWriting,
  };
}
