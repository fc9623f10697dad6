// What of a reply is items, and where it goes on.

import { memberText, unquoted } from "./body/tree.ts";
import type { Mode } from "../api.ts";

/** An attribute's value as the service writes it: `{"S": "a"}`. */
export type Typed = Record<string, unknown>;
export type Item = Record<string, Typed>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The items of a typed reply, with the table they are of where the reply says so. `null` where it has none. */
export function itemsOf(raw: string): { table: string | null; item: Item }[] | null {
  let reply: unknown;
  try {
    reply = JSON.parse(raw);
  } catch {
    return null;
  }
  if (!isObject(reply)) return null;
  const of = (items: unknown, table: string | null = null) =>
    (Array.isArray(items) ? items : [items]).filter(isObject).map((item) => ({ table, item: item as Item }));
  if ("Items" in reply) return of(reply["Items"]);
  if (isObject(reply["Item"])) return of(reply["Item"]);
  if (isObject(reply["Attributes"])) return of(reply["Attributes"]);
  const { Responses: responses } = reply;
  if (isObject(responses)) return Object.entries(responses).flatMap(([table, items]) => of(items, table));
  if (Array.isArray(responses)) return of(responses.map((response: unknown) => isObject(response) && response["Item"]));
  return null;
}

/** The columns of items: the attributes in the order in which they turn up, those that all have first. */
export function columnsOf(items: Item[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items) for (const name of Object.keys(item)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts.keys()];
  const isEverywhere = (name: string) => counts.get(name) === items.length;
  return [...names.filter(isEverywhere), ...names.filter((name) => !isEverywhere(name))];
}

/** A value in a cell: short, and never rounded. */
export function cell(value: Typed | undefined): { text: string; type: string } {
  const [type = "", content] = Object.entries(value ?? {})[0] ?? [];
  switch (type) {
    case "":
      return { text: "", type };
    case "S":
    case "N":
    case "B":
      return { text: String(content), type };
    case "BOOL":
      return { text: content === true ? "true" : "false", type };
    case "NULL":
      return { text: "null", type };
    default:
      return { text: short(value), type };
  }
}

/** Lists, maps and sets: as JSON without the types. Numbers are strings inside, so quotes tell them apart. */
function short(value: unknown): string {
  if (!isObject(value)) return JSON.stringify(value);
  const [type, content] = Object.entries(value)[0] ?? [];
  if (type === "L" && Array.isArray(content)) return `[${content.map(short).join(", ")}]`;
  if (type === "M" && isObject(content)) {
    return `{${Object.entries(content)
      .map(([name, inner]) => `${name}: ${short(inner)}`)
      .join(", ")}}`;
  }
  if (type === "N") return String(content);
  if ((type === "SS" || type === "BS" || type === "NS") && Array.isArray(content)) {
    return `{${content.map((entry) => (type === "NS" ? String(entry) : JSON.stringify(entry))).join(", ")}}`;
  }
  return type === "NULL" ? "null" : JSON.stringify(content);
}

/** From a member of the reply to the one that asks for the next page. */
const PAGES: [string, string][] = [
  ["LastEvaluatedKey", "ExclusiveStartKey"],
  ["LastEvaluatedTableName", "ExclusiveStartTableName"],
  ["LastEvaluatedBackupArn", "ExclusiveStartBackupArn"],
  ["LastEvaluatedGlobalTableName", "ExclusiveStartGlobalTableName"],
  ["LastEvaluatedStreamArn", "ExclusiveStartStreamArn"],
  ["LastEvaluatedShardId", "ExclusiveStartShardId"],
  ["NextShardIterator", "ShardIterator"],
  ["NextToken", "NextToken"],
];

/**
 * The member to set for the next page, and its value as JSON. In a plain body the key is plain as well, in
 * the others as the service wrote it.
 */
export function nextPage(reply: { raw: string; plain: string }, mode: Mode): { member: string; value: string } | null {
  for (const [last, member] of PAGES) {
    const value = memberText(mode === "plain" ? reply.plain : reply.raw, last);
    if (value === undefined || value === "null" || value === "{}" || unquoted(value) === "") continue;
    return { member, value: value.replace(/\s*\n\s*/g, " ") };
  }
  return null;
}
