import { expect, test } from "vitest";
import { Refusal } from "../../api.ts";
import { rounds, writeAll, type Target, type Written } from "./write.ts";

const target: Target = { table: "t", keys: ["id"], existing: "replace" };
const item = (id: number) => ({ id: { N: String(id) } });
const items = (count: number) => Array.from({ length: count }, (_, id) => item(id));
const signal = new AbortController().signal;
const nothing = () => undefined;

interface Batch {
  RequestItems: { t: { PutRequest: { Item: { id: { N: string } } } }[] };
}

test("what is written at once has no key twice", () => {
  const sizes = (all: ReturnType<typeof item>[]) => [...rounds(all, ["id"])].map((round) => round.length);
  expect(sizes(items(260))).toEqual([100, 100, 60]);
  expect(sizes([item(1), item(2), item(1), item(3)])).toEqual([2, 2]);
  expect(sizes([])).toEqual([]);
});

test("no request has more than 25 items", async () => {
  const sent: number[] = [];
  const ask = (_: string, request: object) => {
    sent.push((request as Batch).RequestItems.t.length);
    return Promise.resolve({});
  };
  const done = await writeAll(ask, target, [items(60), items(5)], nothing, signal);
  expect([sent, done.written]).toEqual([[25, 25, 10, 5], 65]);
});

test("what the service leaves is sent again", async () => {
  const sent: number[] = [];
  const ask = (_: string, request: object) => {
    const { t } = (request as Batch).RequestItems;
    sent.push(t.length);
    return Promise.resolve({ UnprocessedItems: t.length > 4 ? { t: t.slice(4) } : {} });
  };
  const progress: Written[] = [];
  const done = await writeAll(ask, target, [items(10)], (now) => progress.push(now), signal);
  expect(sent).toEqual([10, 6, 2]);
  expect(done).toEqual({ written: 10, kept: 0, refused: 0, refusals: [] });
  expect(progress.at(-1)).toEqual(done);
});

test("what is throttled is sent again", async () => {
  let asked = 0;
  const ask = () => {
    asked += 1;
    if (asked < 3) return Promise.reject(new Refusal("ProvisionedThroughputExceededException", "Slow.", 400, {}));
    return Promise.resolve({});
  };
  const done = await writeAll(ask, target, [items(2)], nothing, signal);
  expect([asked, done.written]).toEqual([3, 2]);
});

test("one faulty item is found, and the others are written", async () => {
  const ask = (command: string, request: object) => {
    const one = (request as { Item?: { id: { N: string } } }).Item;
    if (command === "BatchWriteItem" || one?.id.N === "3") {
      return Promise.reject(new Refusal("ValidationException", "No.", 400, {}));
    }
    return Promise.resolve({});
  };
  const done = await writeAll(ask, target, [items(5)], nothing, signal);
  expect(done).toEqual({ written: 4, kept: 0, refused: 1, refusals: [{ item: item(3), reason: "No." }] });
});

test("what is there can be kept", async () => {
  const ask = (_: string, request: object) => {
    const { Item, ConditionExpression } = request as { Item: { id: { N: string } }; ConditionExpression: string };
    expect(ConditionExpression).toBe("attribute_not_exists(#key)");
    if (Item.id.N === "1") return Promise.reject(new Refusal("ConditionalCheckFailedException", "", 400, {}));
    return Promise.resolve({});
  };
  const done = await writeAll(ask, { ...target, existing: "keep" }, [items(3)], nothing, signal);
  expect(done).toEqual({ written: 2, kept: 1, refused: 0, refusals: [] });
});

test("any other failure ends it", async () => {
  const ask = () => Promise.reject(new Refusal("ResourceNotFoundException", "No table.", 400, {}));
  await expect(writeAll(ask, target, [items(3)], nothing, signal)).rejects.toThrow("No table.");
});

test("what was written beside a failure is counted", async () => {
  const ask = (_: string, request: object) => {
    const { t } = (request as Batch).RequestItems;
    const isFirst = t[0]?.PutRequest.Item.id.N === "0";
    return isFirst
      ? Promise.reject(new Refusal("ResourceNotFoundException", "No table.", 400, {}))
      : Promise.resolve({});
  };
  const progress: Written[] = [];
  const writing = writeAll(ask, target, [items(250)], (now) => progress.push(now), signal);
  await expect(writing).rejects.toThrow("No table.");
  expect(progress.at(-1)?.written).toBe(75);
});
