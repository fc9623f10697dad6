import { describe, expect, test } from "vitest";
import { EMPTY_PAGES_MAX, load, noProgress, type Ask } from "./paging.ts";

/** A table whose page `n` has as many items as `sizes` says, each page for one unit. */
function table(sizes: number[]): { ask: Ask; asked: number[] } {
  const asked: number[] = [];
  const ask: Ask = (_, request) => {
    const start = (request as { ExclusiveStartKey?: { n: { N: string } } }).ExclusiveStartKey;
    const at = start === undefined ? 0 : Number(start.n.N);
    asked.push(at);
    return Promise.resolve({
      Items: Array.from({ length: sizes[at] ?? 0 }, () => ({ n: { N: String(at) } })),
      ScannedCount: 10,
      ConsumedCapacity: { CapacityUnits: 1 },
      ...(at + 1 < sizes.length && { LastEvaluatedKey: { n: { N: String(at + 1) } } }),
    });
  };
  return { ask, asked };
}

const what = { command: "Scan", body: { TableName: "t" }, from: noProgress };
const never = new AbortController().signal;

describe("loading", () => {
  test("asks for one page where it has items", async () => {
    const { ask, asked } = table([3, 3, 3]);
    const progress = await load(ask, what, () => undefined, never);
    expect(asked).toEqual([0]);
    expect(progress).toEqual({ pages: 1, scanned: 10, returned: 3, units: 1, next: { n: { N: "1" } } });
  });
  test("goes on past empty pages", async () => {
    const { ask, asked } = table([0, 0, 2, 5]);
    expect((await load(ask, what, () => undefined, never)).returned).toBe(2);
    expect(asked).toEqual([0, 1, 2]);
  });
  test("gives up after many empty pages and says where to go on", async () => {
    const { ask, asked } = table(Array.from({ length: 100 }, () => 0));
    const progress = await load(ask, what, () => undefined, never);
    expect(asked).toHaveLength(EMPTY_PAGES_MAX);
    expect(progress.next).toEqual({ n: { N: String(EMPTY_PAGES_MAX) } });
  });
  test("loads all until the units are used", async () => {
    const { ask, asked } = table(Array.from({ length: 100 }, () => 1));
    await load(ask, { ...what, unitsMax: 7 }, () => undefined, never);
    expect(asked).toHaveLength(7);
  });
  test("stops when it is stopped", async () => {
    const { ask, asked } = table(Array.from({ length: 100 }, () => 1));
    const stop = new AbortController();
    const loading = load(ask, { ...what, unitsMax: 50 }, () => stop.abort(), stop.signal);
    await expect(loading).rejects.toThrow();
    expect(asked.length).toBeLessThan(3);
  });
});
