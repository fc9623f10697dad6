// Policy documents: what is wrong with one before it is sent, and ones to begin with.

/** Why a text is no policy; nothing where it may be one. The service has the last word. */
export function policyFault(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "A policy is a JSON object.";
  const statement = (value as Record<string, unknown>)["Statement"];
  if (statement === undefined) return "A policy has a Statement.";
  return undefined;
}

/** A document as it is read best; as it is where it is no JSON. */
export function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const written = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);

/** A policy of a table that lets another account read it. */
export function resourcePolicyExample(arn: string): string {
  return written({
    Sid: "ReadByAnotherAccount",
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::210987654321:user/auditor" },
    Action: ["dynamodb:GetItem", "dynamodb:Query"],
    Resource: arn,
  });
}

/** A policy of a user that lets it use one table. */
export function userPolicyExample(region: string, account: string): string {
  const table = `arn:aws:dynamodb:${region}:${account}:table/orders`;
  return written({
    Effect: "Allow",
    Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
    Resource: [table, `${table}/index/*`],
  });
}
