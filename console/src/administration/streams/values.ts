// Values of items as text that loses nothing, and what changes between two images of an item.

/** A typed value, such as `{"N": "1.50"}`. */
export type Value = Record<string, unknown>;
export type Image = Record<string, Value>;

/** The type of a value: `S`, `N`, `BOOL`, … */
export function typeOf(value: Value): string {
  return Object.keys(value)[0] ?? "";
}

/** As it reads in plain JSON, each digit of a number kept; sets and binary are told by their type beside it. */
export function text(value: Value): string {
  const [type, held] = Object.entries(value)[0] ?? ["", null];
  switch (type) {
    case "N":
      return String(held);
    case "NULL":
      return "null";
    case "NS":
      return `{${(held as string[]).join(", ")}}`;
    case "SS":
    case "BS":
      return `{${(held as string[]).map((one) => JSON.stringify(one)).join(", ")}}`;
    case "L":
      return `[${(held as Value[]).map(text).join(", ")}]`;
    case "M":
      return `{${Object.entries(held as Image)
        .map(([name, one]) => `${JSON.stringify(name)}: ${text(one)}`)
        .join(", ")}}`;
    default:
      return JSON.stringify(held);
  }
}

export interface Difference {
  name: string;
  kind: "added" | "removed" | "changed" | "same";
  before?: Value;
  after?: Value;
}

/** Text of a value in which neither the order of members nor that of a set counts. */
function canonical(value: Value): string {
  const [type, held] = Object.entries(value)[0] ?? ["", null];
  if (type === "SS" || type === "NS" || type === "BS")
    return `${type}${JSON.stringify([...(held as string[])].sort())}`;
  if (type === "L") return `L[${(held as Value[]).map(canonical).join()}]`;
  if (type !== "M") return type + JSON.stringify(held);
  const members = Object.entries(held as Image).sort(([a], [b]) => (a < b ? -1 : 1));
  return `M{${members.map(([name, one]) => JSON.stringify(name) + canonical(one)).join()}}`;
}

/** Every attribute of two images: the keys first, then what changed, then what did not, each by name. */
export function differences(before: Image | undefined, after: Image | undefined, keys: Image): Difference[] {
  const names = new Set([...Object.keys(keys), ...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const found = [...names].map((name) => difference(name, [before, after], keys));
  const rank = ({ name, kind }: Difference) => (name in keys ? 0 : kind === "same" ? 2 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function difference(name: string, [old, now]: [Image | undefined, Image | undefined], keys: Image): Difference {
  const [before, after] = [old?.[name], now?.[name]];
  const key = keys[name];
  if (before === undefined && after === undefined)
    return { name, kind: "same", ...(key && { before: key, after: key }) };
  if (before === undefined)
    return { name, kind: key !== undefined && old === undefined ? "same" : "added", ...(after && { after }) };
  if (after === undefined) return { name, kind: key !== undefined && now === undefined ? "same" : "removed", before };
  return { name, kind: canonical(before) === canonical(after) ? "same" : "changed", before, after };
}

/** The key of an item in a line: `customer: "ann" · placed: 1`. */
export function keyText(keys: Image): string {
  return Object.entries(keys)
    .map(([name, value]) => `${name}: ${text(value)}`)
    .join(" · ");
}
