// From the form to the request: Query or Scan with `#n` and `:v` for every name and value, so that any
// attribute can be asked for, whatever it is called.

import type { Type, Value } from "./values.ts";

export const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="] as const;
export const SORT_OPERATORS = ["=", "<", "<=", ">", ">=", "between", "begins_with"] as const;
export const FILTER_OPERATORS = [
  ...COMPARISONS,
  "between",
  "in",
  "begins_with",
  "contains",
  "not contains",
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "size =",
  "size <>",
  "size <",
  "size <=",
  "size >",
  "size >=",
] as const;
export type SortOperator = (typeof SORT_OPERATORS)[number];
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** What can be typed into a field, and is of one type. */
export type ScalarType = "S" | "N" | "B" | "BOOL" | "NULL";

export interface Condition {
  path: string;
  operator: FilterOperator;
  type: ScalarType;
  value: string;
  /** The upper end of `between`. */
  upper: string;
}
export type Join = "AND" | "OR";
export interface Group {
  join: Join;
  conditions: Condition[];
}

/** What is filled in. */
export interface Draft {
  kind: "Query" | "Scan";
  index: string | null;
  partition: string;
  sort: { operator: SortOperator; value: string; upper: string };
  /** How the groups are joined. */
  join: Join;
  groups: Group[];
  /** Paths, one per line; none asks for all. */
  projection: string;
  isConsistent: boolean;
  isDescending: boolean;
  /** Items looked at per page; empty leaves it to the service. */
  limit: string;
}

export interface Key {
  name: string;
  type: "S" | "N" | "B";
}

/** The keys of the table or of the chosen index. */
export interface Keys {
  partition: Key;
  sort: Key | null;
}

export type Request = Record<string, unknown> & { TableName: string };

export const emptyCondition: Condition = { path: "", operator: "=", type: "S", value: "", upper: "" };
export const emptyDraft: Draft = {
  kind: "Scan",
  index: null,
  partition: "",
  sort: { operator: "=", value: "", upper: "" },
  join: "AND",
  groups: [],
  projection: "",
  isConsistent: false,
  isDescending: false,
  limit: "",
};

/** What is missing or wrong in the form, for the person to mend. */
export class Incomplete extends Error {
  override name = "Incomplete";
}

/** Hands out `#n0`, `:v0`, … and gathers what they stand for. */
class Places {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, Value> = {};
  private readonly known = new Map<string, string>();
  private count = 0;

  name(name: string): string {
    const found = this.known.get(name);
    if (found !== undefined) return found;
    const place = `#n${this.known.size}`;
    this.known.set(name, place);
    this.names[place] = name;
    return place;
  }

  path(text: string): string {
    return steps(text)
      .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${this.name(step)}`))
      .join("");
  }

  value(value: Value): string {
    const place = `:v${this.count++}`;
    this.values[place] = value;
    return place;
  }
}

/** The steps of a path: `address.lines[0]`. A backslash keeps the character after it: `a\.b` is one name. */
export function steps(path: string): (string | number)[] {
  const tokens = [...path.matchAll(/\[(?<index>\d+)\]|(?<dot>\.)|(?<name>(?:\\.|[^\\.[]|\[(?!\d+\])|\\$)+)/gs)];
  const found: (string | number)[] = [];
  let wantsName = true;
  for (const { groups = {} } of tokens) {
    const { index, dot, name } = groups;
    const isFitting = (name !== undefined) === wantsName;
    if (!isFitting) throw new Incomplete(`“${path}” is no attribute or path, such as address.lines[0].`);
    if (name !== undefined) found.push(name.replace(/\\(.)/gs, "$1"));
    if (index !== undefined) found.push(Number.parseInt(index, 10));
    wantsName = dot !== undefined;
  }
  if (wantsName) throw new Incomplete("An attribute has no name.");
  return found;
}

/** A name as a path that means just it. */
export const escaped = (name: string): string => name.replace(/[\\.[]/g, (letter) => `\\${letter}`);

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What was typed, as a value of its type. */
export function scalar(type: ScalarType, text: string, of: string): Value {
  switch (type) {
    case "S":
      return { S: text };
    case "N":
      if (!NUMBER.test(text.trim())) throw new Incomplete(`${of}: “${text}” is not a number.`);
      return { N: text.trim() };
    case "B":
      if (!BASE64.test(text.trim())) throw new Incomplete(`${of}: binary values are written in Base64.`);
      return { B: text.trim() };
    case "BOOL":
      if (text !== "true" && text !== "false") throw new Incomplete(`${of}: write true or false.`);
      return { BOOL: text === "true" };
    case "NULL":
      return { NULL: true };
  }
}

/** The values of `in`: separated by commas, where a backslash keeps one. */
export function listed(text: string): string[] {
  return [...text.matchAll(/(?:\\.|[^,\\])+/g)].map(([part]) => part.trim().replace(/\\(.)/g, "$1"));
}

const NO_VALUE: ReadonlySet<string> = new Set(["attribute_exists", "attribute_not_exists"]);
export const takesValue = (operator: FilterOperator): boolean => !NO_VALUE.has(operator);
/** Whether the type of the value is for the person to choose. */
export const takesType = (operator: FilterOperator): boolean =>
  takesValue(operator) && operator !== "attribute_type" && !operator.startsWith("size ");

function filterText({ path, operator, type, value, upper }: Condition, places: Places): string {
  const at = places.path(path);
  const placed = (text: string, as: ScalarType = type) => places.value(scalar(as, text, path));
  switch (operator) {
    case "between":
      return `${at} BETWEEN ${placed(value)} AND ${placed(upper)}`;
    case "in": {
      const values = listed(value);
      if (values.length === 0) throw new Incomplete(`${path}: “in” needs at least one value.`);
      return `${at} IN (${values.map((each) => placed(each)).join(", ")})`;
    }
    case "begins_with":
    case "contains":
      return `${operator}(${at}, ${placed(value)})`;
    case "not contains":
      return `NOT contains(${at}, ${placed(value)})`;
    case "attribute_exists":
    case "attribute_not_exists":
      return `${operator}(${at})`;
    case "attribute_type":
      return `attribute_type(${at}, ${placed(value, "S")})`;
    case "=":
    case "<>":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return `${at} ${operator} ${placed(value)}`;
    default:
      return `size(${at}) ${operator.slice("size ".length)} ${placed(value, "N")}`;
  }
}

function filter({ join, groups }: Draft, places: Places): string | undefined {
  const texts = groups
    .filter(({ conditions }) => conditions.length > 0)
    .map((group) => ({
      count: group.conditions.length,
      text: group.conditions.map((each) => filterText(each, places)).join(` ${group.join} `),
    }));
  if (texts.length === 0) return undefined;
  if (texts.length === 1) return texts[0]?.text;
  return texts.map(({ count, text }) => (count > 1 ? `(${text})` : text)).join(` ${join} `);
}

function keyCondition({ partition, sort }: Draft, keys: Keys, places: Places): string {
  if (partition === "") throw new Incomplete(`Enter a value of the partition key “${keys.partition.name}”.`);
  const first = `${places.name(keys.partition.name)} = ${places.value(
    scalar(keys.partition.type, partition, keys.partition.name),
  )}`;
  const key = keys.sort;
  if (key === null || sort.value === "") return first;
  const at = places.name(key.name);
  const placed = (text: string) => places.value(scalar(key.type, text, key.name));
  if (sort.operator === "between") return `${first} AND ${at} BETWEEN ${placed(sort.value)} AND ${placed(sort.upper)}`;
  if (sort.operator === "begins_with") return `${first} AND begins_with(${at}, ${placed(sort.value)})`;
  return `${first} AND ${at} ${sort.operator} ${placed(sort.value)}`;
}

/** The request of a form. Throws `Incomplete`. */
export function request(table: string, draft: Draft, keys: Keys): { command: "Query" | "Scan"; body: Request } {
  const places = new Places();
  const body: Request = { TableName: table };
  if (draft.index !== null) body["IndexName"] = draft.index;
  if (draft.kind === "Query") {
    body["KeyConditionExpression"] = keyCondition(draft, keys, places);
    if (draft.isDescending) body["ScanIndexForward"] = false;
  }
  const text = filter(draft, places);
  if (text !== undefined) body["FilterExpression"] = text;
  const paths = draft.projection.split("\n").filter((line) => line.trim() !== "");
  if (paths.length > 0) body["ProjectionExpression"] = paths.map((path) => places.path(path.trim())).join(", ");
  if (Object.keys(places.names).length > 0) body["ExpressionAttributeNames"] = places.names;
  if (Object.keys(places.values).length > 0) body["ExpressionAttributeValues"] = places.values;
  if (draft.isConsistent) body["ConsistentRead"] = true;
  if (draft.limit !== "") {
    if (!/^[1-9]\d{0,8}$/.test(draft.limit)) throw new Incomplete("The page size is a whole number from 1.");
    body["Limit"] = Number.parseInt(draft.limit, 10);
  }
  return { command: draft.kind, body };
}

/** The types that `attribute_type` knows. */
export const ATTRIBUTE_TYPES: Type[] = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];
