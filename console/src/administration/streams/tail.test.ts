import { expect, test } from "vitest";
import { began, ready, tree, type Shard } from "./shards.ts";
import { kept, Tail, type Read, type Start } from "./tail.ts";

class Fault extends Error {}
const is = (error: unknown, exception: string) => error instanceof Fault && error.message === exception;

/** A stream with numbers for records. An iterator is `shard@position`. */
class Stream {
  asked: string[] = [];
  expired = new Set<string>();
  constructor(readonly shards: { id: string; parent?: string; records: number[]; isOpen: boolean }[]) {}

  ask = (command: string, request: object): Promise<Record<string, unknown>> => {
    this.asked.push(command);
    return Promise.resolve(this.answer(command, request as Record<string, string>));
  };

  private answer(command: string, request: Record<string, string>): Record<string, unknown> {
    if (command === "DescribeStream") return { StreamDescription: { Shards: this.shards.map(described) } };
    if (command === "GetShardIterator") {
      const shard = this.shards.find(({ id }) => id === request["ShardId"]);
      const places: Record<string, number> = {
        LATEST: shard?.records.length ?? 0,
        TRIM_HORIZON: 0,
        AFTER_SEQUENCE_NUMBER: (shard?.records.indexOf(Number(request["SequenceNumber"])) ?? 0) + 1,
      };
      return { ShardIterator: `${request["ShardId"] ?? ""}@${String(places[request["ShardIteratorType"] ?? ""])}` };
    }
    const iterator = request["ShardIterator"] ?? "";
    if (this.expired.delete(iterator)) throw new Fault("ExpiredIteratorException");
    const [id, at] = iterator.split("@");
    const shard = this.shards.find((one) => one.id === id);
    const records = shard?.records.slice(Number(at)) ?? [];
    const next = `${id ?? ""}@${String(Number(at) + records.length)}`;
    return { Records: records.map(record), ...(shard?.isOpen && { NextShardIterator: next }) };
  }
}

const described = ({ id, parent, isOpen }: { id: string; parent?: string; isOpen: boolean }) => ({
  ShardId: id,
  ...(parent !== undefined && { ParentShardId: parent }),
  SequenceNumberRange: { StartingSequenceNumber: "0", ...(!isOpen && { EndingSequenceNumber: "9" }) },
});
const record = (number: number) => ({
  eventID: String(number),
  eventName: "INSERT",
  dynamodb: { Keys: {}, SequenceNumber: String(number), ApproximateCreationDateTime: number },
});

async function numbers(tail: Tail, steps: number): Promise<number[]> {
  const found: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    found.push(...(await tail.step()).read.map((read) => Number(read.record.eventID)));
  }
  return found;
}
const tailOf = (stream: Stream, start: Start) => new Tail(stream.ask, "arn", start, is);

test("from the horizon, a parent is read before its children", async () => {
  const stream = new Stream([
    { id: "child", parent: "parent", records: [3], isOpen: true },
    { id: "parent", records: [1, 2], isOpen: false },
  ]);
  expect(await numbers(tailOf(stream, "TRIM_HORIZON"), 3)).toEqual([1, 2, 3]);
});

test("from the latest, only what comes is read", async () => {
  const stream = new Stream([
    { id: "old", records: [1], isOpen: false },
    { id: "now", parent: "old", records: [2], isOpen: true },
  ]);
  const tail = tailOf(stream, "LATEST");
  expect(await numbers(tail, 1)).toEqual([]);
  stream.shards[1]?.records.push(3);
  expect(await numbers(tail, 1)).toEqual([3]);
});

test("a shard that follows another is read whole, though reading began at the latest", async () => {
  const stream = new Stream([{ id: "now", records: [1], isOpen: true }]);
  const tail = tailOf(stream, "LATEST");
  await tail.step();
  const [now] = stream.shards;
  if (now === undefined) throw new Error("there is a shard");
  now.records.push(2);
  now.isOpen = false;
  stream.shards.push({ id: "next", parent: "now", records: [3, 4], isOpen: true });
  expect(await numbers(tail, 3)).toEqual([2, 3, 4]);
  expect(tail.reading).toBe(1);
});

test("an iterator that expired while paused goes on where it was", async () => {
  const stream = new Stream([{ id: "a", records: [1, 2], isOpen: true }]);
  const tail = tailOf(stream, "TRIM_HORIZON");
  expect(await numbers(tail, 1)).toEqual([1, 2]);
  stream.expired.add("a@2");
  stream.shards[0]?.records.push(3);
  expect(await numbers(tail, 2)).toEqual([3]);
});

test("another refusal is told", async () => {
  const tail = new Tail(() => Promise.reject(new Fault("ResourceNotFoundException")), "arn", "LATEST", is);
  await expect(tail.step()).rejects.toThrow("ResourceNotFoundException");
});

test("shards are not looked for at every step", async () => {
  const stream = new Stream([{ id: "a", records: [], isOpen: true }]);
  await numbers(tailOf(stream, "LATEST"), 10);
  expect(stream.asked.filter((command) => command === "DescribeStream")).toHaveLength(1);
});

test("records of several shards come by their time", async () => {
  const stream = new Stream([
    { id: "a", records: [2, 5], isOpen: true },
    { id: "b", records: [1, 9], isOpen: true },
  ]);
  expect(await numbers(tailOf(stream, "TRIM_HORIZON"), 1)).toEqual([1, 2, 5, 9]);
});

test("the newest records are kept, and the rest is counted", () => {
  const reads = (...ids: number[]) => ids.map((id) => ({ shard: "a", record: record(id) }) as unknown as Read);
  const { shown, dropped } = kept(reads(2, 1), reads(3, 4), 3);
  expect(shown.map((read) => read.record.eventID)).toEqual(["4", "3", "2"]);
  expect(dropped).toBe(1);
});

const shard = (ShardId: string, ParentShardId?: string): Shard => ({
  ShardId,
  ...(ParentShardId && { ParentShardId }),
});

test("shards make trees, and one whose parent is gone is a root", () => {
  const [first, second] = tree([shard("a"), shard("b", "a"), shard("c", "gone"), shard("d", "b")]);
  expect(first?.children[0]?.children[0]?.shard.ShardId).toBe("d");
  expect(second?.shard.ShardId).toBe("c");
});

test("a child is ready when its parent is finished", () => {
  const none = new Set<string>();
  const shards = [shard("a"), shard("b", "a")];
  expect(ready(shards, { finished: none, reading: none, skipped: none }).map(({ ShardId }) => ShardId)).toEqual(["a"]);
  const state = { finished: new Set(["a"]), reading: none, skipped: none };
  expect(ready(shards, state).map(({ ShardId }) => ShardId)).toEqual(["b"]);
});

test("a shard's name tells when it began", () => {
  expect(began(shard("shardId-00000001795848800441-5daeeffb"))).toBe(1795848800.441);
  expect(began(shard("other"))).toBeUndefined();
});
