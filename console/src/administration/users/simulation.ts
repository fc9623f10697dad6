// What a simulation asks, and what it found.

export interface SimulationDraft {
  /** A user whose policies count; empty for none. */
  user: string;
  /** A policy to try; empty for none. */
  policy: string;
  resourcePolicy: string;
  /** One each line, or with commas between. */
  actions: string;
  resources: string;
  /** `key=value` each line; a key several times has several values. */
  context: string;
}

export interface Decision {
  ActionName: string;
  ResourceArn: string;
  Decision: "allowed" | "implicitDeny" | "explicitDeny";
  MatchedStatement?: { PolicyType?: string; PolicyName?: string; Sid?: string; Statement?: number };
}

/** What stands on lines or between commas, each once. */
export function entries(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((one) => one.trim()))].filter((one) => one !== "");
}

/** An action without its service is DynamoDB's. */
export function actionsOf(text: string): string[] {
  return entries(text).map((action) => (action.includes(":") ? action : `dynamodb:${action}`));
}

export function contextOf(text: string): Record<string, string | string[]> {
  const found: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at <= 0) continue;
    const key = line.slice(0, at).trim();
    (found[key] ??= []).push(line.slice(at + 1).trim());
  }
  return Object.fromEntries(
    Object.entries(found).map(([key, values]) => [key, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

export function simulationFaults(draft: SimulationDraft): Record<string, string> {
  const faults: Record<string, string> = {};
  if (draft.user === "" && draft.policy.trim() === "") faults["policy"] = "Choose a user, or enter a policy.";
  if (entries(draft.actions).length === 0) faults["actions"] = "Enter at least one action.";
  const wrong = draft.context.split("\n").find((line) => line.trim() !== "" && line.indexOf("=") <= 0);
  if (wrong !== undefined) faults["context"] = `“${wrong.trim()}” is not of the form key=value.`;
  return faults;
}

export function simulationBody(draft: SimulationDraft): Record<string, unknown> {
  const context = contextOf(draft.context);
  const resources = entries(draft.resources);
  return {
    ...(draft.user !== "" && { UserName: draft.user }),
    ...(draft.policy.trim() !== "" && { PolicyDocuments: [draft.policy] }),
    ...(draft.resourcePolicy.trim() !== "" && { ResourcePolicy: draft.resourcePolicy }),
    ActionNames: actionsOf(draft.actions),
    ...(resources.length > 0 && { ResourceArns: resources }),
    ...(Object.keys(context).length > 0 && { ContextEntries: context }),
  };
}

/** Why, in words. */
export function reason({ Decision: decision, MatchedStatement: matched }: Decision): string {
  if (matched === undefined) return decision === "allowed" ? "Root is allowed everything" : "No statement allows it";
  const statement =
    matched.Sid === undefined ? `statement ${(matched.Statement ?? 0) + 1}` : `statement ${matched.Sid}`;
  const name = matched.PolicyName?.replace(/^PolicyInputList\.\d+$/, "the policy above").replace(/^arn:.*\//, "");
  const policy = name ?? (matched.PolicyType === "resource" ? "the resource policy" : "a policy");
  return `${decision === "allowed" ? "Allowed" : "Denied"} by ${statement} of ${policy}`;
}
