// Writing many items into a table.

import { Refusal } from "../../api.ts";
import type { Ask } from "../paging.ts";
import { identity, type Item } from "../values.ts";

/** The most items in one BatchWriteItem. */
const BATCH_MAX = 25;
/** How many of these are under way at once; or as many items, where they are put one by one. */
const PARALLEL = 4;
/** How often something is sent that the table does not take, or takes nothing of. */
const ATTEMPTS_MAX = 12;
const DELAY_MS = 50;
const DELAY_MS_MAX = 2_000;

/** An item that was not written. */
export interface Refused {
  item: Item;
  reason: string;
}

export interface Written {
  written: number;
  /** Those that were there already, where such are kept. */
  kept: number;
  /** How many were refused. */
  refused: number;
  /** The first of these. */
  refusals: Refused[];
}

export const nothingWritten: Written = { written: 0, kept: 0, refused: 0, refusals: [] };
const REFUSALS_MAX = 20;

export interface Target {
  table: string;
  keys: string[];
  /** What happens to an item that is there already under the key of a new one. */
  existing: "replace" | "keep";
}

const PASSING = [
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "InternalServerError",
  "ServiceUnavailable",
];

/** `ask`, again and again while the table takes no more for the moment. */
function patient(ask: Ask, signal: AbortSignal): Ask {
  return async (command, request) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask(command, request);
      } catch (error) {
        const passes = error instanceof Refusal && PASSING.includes(error.exception);
        if (!passes || attempt === ATTEMPTS_MAX) throw error;
        await pause(attempt, signal);
      }
    }
  };
}

/** Writes pages of items and tells `onProgress` of what is done so far. One item that is refused does not stop the others. */
export async function writeAll(
  once: Ask,
  target: Target,
  pages: Iterable<Item[]> | AsyncIterable<Item[]>,
  onProgress: (written: Written) => void,
  signal: AbortSignal,
): Promise<Written> {
  const ask = patient(once, signal);
  let done = nothingWritten;
  const add = ({ written = 0, kept = 0, refusals = [] }: Partial<Written>) => {
    done = {
      written: done.written + written,
      kept: done.kept + kept,
      refused: done.refused + refusals.length,
      refusals: [...done.refusals, ...refusals].slice(0, REFUSALS_MAX),
    };
    onProgress(done);
  };
  for await (const page of pages) {
    for (const round of rounds(page, target.keys)) {
      signal.throwIfAborted();
      const parts =
        target.existing === "keep"
          ? round.map((item) => putNew(ask, target, item))
          : batches(round).map((batch) => putBatch(ask, target, batch, signal));
      const ended = await Promise.allSettled(parts.map(async (part) => add(await part)));
      const failed = ended.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }
  return done;
}

/** Items that may be written at once, in order. No key is twice in them, as keys are written: a second item of one begins the next. */
export function* rounds(items: Item[], keys: string[]): Generator<Item[]> {
  let round: Item[] = [];
  let seen = new Set<string>();
  for (const item of items) {
    const key = identity(item, keys);
    if (round.length === BATCH_MAX * PARALLEL || seen.has(key)) {
      yield round;
      round = [];
      seen = new Set();
    }
    round.push(item);
    seen.add(key);
  }
  if (round.length > 0) yield round;
}

const batches = (items: Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / BATCH_MAX) }, (_, index) =>
    items.slice(index * BATCH_MAX, (index + 1) * BATCH_MAX),
  );

const isOfAnItem = (error: unknown): error is Refusal =>
  error instanceof Refusal &&
  ["ValidationException", "ItemCollectionSizeLimitExceededException"].includes(error.exception);

async function putBatch(ask: Ask, target: Target, items: Item[], signal: AbortSignal): Promise<Partial<Written>> {
  let requests: unknown[] = items.map((item) => ({ PutRequest: { Item: item } }));
  for (let attempt = 1; ; attempt += 1) {
    let reply: Record<string, unknown>;
    try {
      reply = await ask("BatchWriteItem", { RequestItems: { [target.table]: requests } });
    } catch (error) {
      // A batch is refused as a whole: one by one they tell which it was. Those already written are written again.
      if (!isOfAnItem(error)) throw error;
      return putEach(ask, target, items);
    }
    const { UnprocessedItems: left = {} } = reply as { UnprocessedItems?: Record<string, unknown[]> };
    const before = requests.length;
    requests = left[target.table] ?? [];
    if (requests.length === 0) return { written: items.length };
    if (requests.length < before) attempt = 1;
    if (attempt === ATTEMPTS_MAX) {
      throw new Error(`The table “${target.table}” takes no more: too much is written to it. Try again later.`);
    }
    await pause(attempt, signal);
  }
}

async function putEach(ask: Ask, { table }: Target, items: Item[]): Promise<Partial<Written>> {
  const refusals: Refused[] = [];
  for (const item of items) {
    try {
      await ask("PutItem", { TableName: table, Item: item });
    } catch (error) {
      if (!isOfAnItem(error)) throw error;
      refusals.push({ item, reason: error.message });
    }
  }
  return { written: items.length - refusals.length, refusals };
}

async function putNew(ask: Ask, { table, keys }: Target, item: Item): Promise<Partial<Written>> {
  const condition = {
    ConditionExpression: "attribute_not_exists(#key)",
    ExpressionAttributeNames: { "#key": keys[0] },
  };
  try {
    await ask("PutItem", { TableName: table, Item: item, ...condition });
    return { written: 1 };
  } catch (error) {
    if (error instanceof Refusal && error.exception === "ConditionalCheckFailedException") return { kept: 1 };
    if (!isOfAnItem(error)) throw error;
    return { refusals: [{ item, reason: error.message }] };
  }
}

/** Longer with each attempt. */
function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(DELAY_MS * 2 ** attempt, DELAY_MS_MAX);
  return new Promise((resolve, reject) => {
    const wake = () => {
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(wake, delayMs);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
