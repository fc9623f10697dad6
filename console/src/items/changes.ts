// Changes of items, each with the condition that what is stored is still what was read.

import { isSame, keyOf, type Item, type Value } from "./values.ts";

export interface Change {
  /** `null` where the item is new. */
  before: Item | null;
  /** `null` where it is deleted. */
  after: Item | null;
}

/** One request, in the form that TransactWriteItems has too. */
export interface Write {
  kind: "Put" | "Update" | "Delete";
  request: Record<string, unknown>;
}

export const TRANSACTION_MAX = 100;

export const commands: Record<Write["kind"], string> = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem" };

/** Why a change cannot be written, for the person to mend. */
export class Unwritable extends Error {
  override name = "Unwritable";
}

class Places {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, Value> = {};
  private readonly placed = new Map<string, string>();

  name(name: string): string {
    const found = this.placed.get(name);
    if (found !== undefined) return found;
    const place = `#n${this.placed.size}`;
    this.placed.set(name, place);
    this.names[place] = name;
    return place;
  }

  value(value: Value): string {
    const place = `:v${Object.keys(this.values).length}`;
    this.values[place] = value;
    return place;
  }
}

/** That every attribute is as it was read. */
function unchanged(before: Item, places: Places): string[] {
  return Object.entries(before).map(([name, value]) => `${places.name(name)} = ${places.value(value)}`);
}

/**
 * The request of a change. An edit touches only the attributes that it changes, so that what somebody else
 * has added stays.
 */
export function writeOf(table: string, keys: string[], { before, after }: Change): Write {
  const places = new Places();
  const common = (conditions: string[]) => ({
    TableName: table,
    ConditionExpression: conditions.join(" AND "),
    ExpressionAttributeNames: places.names,
    ...(Object.keys(places.values).length > 0 && { ExpressionAttributeValues: places.values }),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  const missing = keys.find((name) => (after ?? before)?.[name] === undefined);
  if (missing !== undefined) throw new Unwritable(`The key attribute “${missing}” is missing.`);
  if (before === null) {
    const conditions = keys.slice(0, 1).map((name) => `attribute_not_exists(${places.name(name)})`);
    return { kind: "Put", request: { Item: after, ...common(conditions) } };
  }
  const key = { Key: keyOf(before, keys) };
  if (after === null) return { kind: "Delete", request: { ...key, ...common(unchanged(before, places)) } };
  if (!isSame(key.Key, keyOf(after, keys))) {
    throw new Unwritable("The key of an item cannot be changed. Duplicate the item under its new key instead.");
  }
  const sets: string[] = [];
  const added: string[] = [];
  for (const [name, value] of Object.entries(after)) {
    if (before[name] === undefined) added.push(`attribute_not_exists(${places.name(name)})`);
    else if (isSame(before[name], value)) continue;
    sets.push(`${places.name(name)} = ${places.value(value)}`);
  }
  const removed = Object.keys(before)
    .filter((name) => after[name] === undefined)
    .map((name) => places.name(name));
  if (sets.length + removed.length === 0) throw new Unwritable("Nothing is changed.");
  const update = [sets.length > 0 && `SET ${sets.join(", ")}`, removed.length > 0 && `REMOVE ${removed.join(", ")}`];
  const conditions = [...unchanged(before, places), ...added];
  return {
    kind: "Update",
    request: { ...key, UpdateExpression: update.filter((part) => part !== false).join(" "), ...common(conditions) },
  };
}

/** What a transaction says of one of its changes. */
export interface Reason {
  code: string;
  message: string;
  item: Item | null;
}

/** The reasons of a transaction that was cancelled, in the order of its changes; `null` for those that are not to blame. */
export function reasons(reply: Record<string, unknown>): (Reason | null)[] {
  const { CancellationReasons: given } = reply as {
    CancellationReasons?: { Code?: string; Message?: string; Item?: Item }[];
  };
  return (given ?? []).map(({ Code: code = "None", Message: message = "", Item: item = null }) =>
    code === "None" ? null : { code, message, item },
  );
}
