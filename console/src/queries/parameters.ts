// The values of `{{ names }}`: what is typed, as JSON.

export interface ParameterValue {
  /** JSON text, with every digit as typed. */
  json: string;
  /** What it was taken for. */
  kind: "text" | "number" | "true or false" | "null" | "list" | "object" | "nothing";
}

/** JSON where it is JSON, otherwise the text itself: `5` is a number, `"5"` and `five` are text. */
export function parameterValue(typed: string): ParameterValue {
  const trimmed = typed.trim();
  if (trimmed === "") return { json: '""', kind: "nothing" };
  try {
    return { json: trimmed, kind: kindOf(JSON.parse(trimmed)) };
  } catch {
    return { json: JSON.stringify(typed), kind: "text" };
  }
}

function kindOf(value: unknown): ParameterValue["kind"] {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "number":
      return "number";
    case "boolean":
      return "true or false";
    case "object":
      return "object";
    default:
      return "text";
  }
}

/** The parameters of a body, as a run sends them. Those without a value are left out, which the server names. */
export function parameterJson(names: string[], values: Record<string, string>): Record<string, string> {
  const given = names.map((name) => [name, parameterValue(values[name] ?? "")] as const);
  return Object.fromEntries(given.filter(([, { kind }]) => kind !== "nothing").map(([name, { json }]) => [name, json]));
}
