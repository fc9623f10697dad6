// What an item is made of, as the service writes it. Numbers are text throughout and never parsed.

export type Type = "S" | "N" | "B" | "BOOL" | "NULL" | "M" | "L" | "SS" | "NS" | "BS";
/** A value with its type: `{"N": "1.50"}`. */
export type Value = Partial<Record<Type, unknown>>;
export type Item = Record<string, Value>;

export const TYPES: Record<Type, string> = {
  S: "String",
  N: "Number",
  B: "Binary",
  BOOL: "Boolean",
  NULL: "Null",
  M: "Map",
  L: "List",
  SS: "String set",
  NS: "Number set",
  BS: "Binary set",
};

/** The type and the content of a value. */
export function parted(value: Value): [Type, unknown] {
  const [entry] = Object.entries(value);
  return entry === undefined ? ["NULL", true] : [entry[0] as Type, entry[1]];
}

/** A value in a cell: short, and never rounded. */
export function short(value: Value | undefined): string {
  if (value === undefined) return "";
  const [type, content] = parted(value);
  switch (type) {
    case "S":
    case "N":
    case "B":
      return String(content);
    case "BOOL":
      return content === true ? "true" : "false";
    case "NULL":
      return "null";
    case "L":
      return `[${(content as Value[]).map(nested).join(", ")}]`;
    case "M":
      return `{${Object.entries(content as Item)
        .map(([name, inner]) => `${name}: ${nested(inner)}`)
        .join(", ")}}`;
    case "NS":
      return `{${(content as string[]).join(", ")}}`;
    case "SS":
    case "BS":
      return `{${(content as string[]).map((each) => JSON.stringify(each)).join(", ")}}`;
  }
}

/** Inside of another one a string has quotes, so that it differs from a number. */
const nested = (value: Value): string => ("S" in value ? JSON.stringify(value.S) : short(value));

/** The same text for the same value, whatever the order of members and of sets. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => {
    const isSet = (name === "SS" || name === "NS" || name === "BS") && Array.isArray(inner);
    const content: unknown = isSet ? [...(inner as unknown[])].sort() : inner;
    return `${JSON.stringify(name)}:${canonical(content)}`;
  });
  return `{${members.sort().join()}}`;
}

export const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

/** The key attributes of an item. */
export function keyOf(item: Item, keys: string[]): Item {
  return Object.fromEntries(keys.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

/** What an item is told apart by. */
export const identity = (item: Item, keys: string[]): string => canonical(keyOf(item, keys));

const EARLIEST_S = 100_000_000;
const LATEST_S = 100_000_000_000;

/** Seconds (or milliseconds, where they are too many for seconds) since 1970 as a date; `null` where it is none. */
export function dateOf(value: Value | undefined): string | null {
  if (value === undefined || typeof value.N !== "string" || !/^\d+(\.\d+)?$/.test(value.N)) return null;
  // Only for the date beside it: what is shown as the value, and sent, stays as it is.
  const amount = Number.parseFloat(value.N);
  const seconds = amount >= LATEST_S ? amount / 1000 : amount;
  if (seconds < EARLIEST_S || seconds >= LATEST_S) return null;
  return new Date(seconds * 1000)
    .toISOString()
    .replace("T", " ")
    .replace(/\.000Z$/, " UTC")
    .replace(/Z$/, " UTC");
}

/** A number of items, in words. */
export const itemCount = (items: number): string => `${items.toLocaleString("en")} ${items === 1 ? "item" : "items"}`;
