// Page after page, and never more than was asked for.

import type { Request } from "./request.ts";
import type { Item } from "./values.ts";

export interface Page {
  items: Item[];
  scanned: number;
  units: number;
  /** Where to go on; `null` at the end. */
  next: Item | null;
}

/** What was loaded so far. */
export interface Progress {
  pages: number;
  scanned: number;
  returned: number;
  units: number;
  next: Item | null;
}

export const noProgress: Progress = { pages: 0, scanned: 0, returned: 0, units: 0, next: null };

/** Pages without any item that are passed over at once, before the person is asked to go on. */
export const EMPTY_PAGES_MAX = 25;

export type Ask = (command: string, request: object) => Promise<Record<string, unknown>>;

/** One page. */
export async function page(ask: Ask, command: string, body: Request, start: Item | null): Promise<Page> {
  const reply = await ask(command, {
    ...body,
    ReturnConsumedCapacity: "INDEXES",
    ...(start !== null && { ExclusiveStartKey: start }),
  });
  const { CapacityUnits: units = 0 } = (reply["ConsumedCapacity"] ?? {}) as { CapacityUnits?: number };
  return {
    items: (reply["Items"] ?? []) as Item[],
    scanned: (reply["ScannedCount"] ?? 0) as number,
    units,
    next: (reply["LastEvaluatedKey"] ?? null) as Item | null,
  };
}

export const after = (before: Progress, { items, scanned, units, next }: Page): Progress => ({
  pages: before.pages + 1,
  scanned: before.scanned + scanned,
  returned: before.returned + items.length,
  units: before.units + units,
  next,
});

/**
 * Loads on from `from` and tells `onPage` of each page. Without `unitsMax` it ends with the first page that
 * has items, or after `EMPTY_PAGES_MAX` without; with it, at the end or once that many units are used.
 */
export async function load(
  ask: Ask,
  what: { command: string; body: Request; from: Progress; unitsMax?: number },
  onPage: (items: Item[], progress: Progress) => void,
  signal: AbortSignal,
): Promise<Progress> {
  let progress = what.from;
  let empty = 0;
  for (;;) {
    const got = await page(ask, what.command, what.body, progress.next);
    signal.throwIfAborted();
    progress = after(progress, got);
    onPage(got.items, progress);
    if (progress.next === null) return progress;
    if (what.unitsMax !== undefined) {
      if (progress.units - what.from.units >= what.unitsMax) return progress;
      continue;
    }
    empty += 1;
    if (got.items.length > 0 || empty >= EMPTY_PAGES_MAX) return progress;
  }
}
