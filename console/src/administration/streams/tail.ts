// Follows a stream: reads all its open shards, and those that come after them.
//
// A stream asks nothing by itself: whoever shows it calls `step` now and then. So a pause is a step that is not taken,
// and reading goes on where it was.

import { isOpen, ready, type Shard } from "./shards.ts";
import type { Image } from "./values.ts";

export interface StreamRecord {
  eventID: string;
  eventName: "INSERT" | "MODIFY" | "REMOVE";
  userIdentity?: { Type?: string; PrincipalId?: string };
  dynamodb: {
    Keys: Image;
    NewImage?: Image;
    OldImage?: Image;
    SequenceNumber: string;
    SizeBytes?: number;
    ApproximateCreationDateTime?: number;
  };
}

export interface Read {
  shard: string;
  record: StreamRecord;
}

export type Start = "TRIM_HORIZON" | "LATEST";
export type Ask = (command: string, request: object) => Promise<Record<string, unknown>>;

/** How far a shard was read. */
interface Cursor {
  iterator: string;
  last?: string;
  /** Where reading began. */
  start: Start;
}

/** Shards are looked for again after so many steps, or when one ends. */
const STEPS_BETWEEN = 10;
/** A page of records, so that a step is short. */
const RECORDS_MAX = 200;
/** Shards that one step reads, those that waited longest first. */
const SHARDS_MAX = 16;

export class Tail {
  shards: Shard[] = [];
  private readonly cursors = new Map<string, Cursor>();
  private readonly finished = new Set<string>();
  /** Those that were over before what is asked for. */
  private readonly skipped = new Set<string>();
  private steps = 0;
  private isStarted = false;

  constructor(
    private readonly ask: Ask,
    private readonly stream: string,
    private readonly start: Start,
    /** Says whether an error has this name, such as `ExpiredIteratorException`. */
    private readonly is: (error: unknown, exception: string) => boolean,
  ) {}

  /** How many shards are being read. */
  get reading(): number {
    return this.cursors.size;
  }

  /**
   * Reads a page of each shard. Tells whether there may be more at once. What was read before something failed is told
   * with the failure, as it is not read again.
   */
  async step(): Promise<{ read: Read[]; isMore: boolean; error?: unknown }> {
    if (this.steps % STEPS_BETWEEN === 0) await this.look();
    this.steps += 1;
    const read: Read[] = [];
    let isMore = false;
    for (const [shard, cursor] of [...this.cursors].slice(0, SHARDS_MAX)) {
      let page: StreamRecord[];
      try {
        page = await this.page(shard, cursor);
      } catch (error) {
        return { read: inOrder(read), isMore: false, error };
      }
      read.push(...page.map((record) => ({ shard, record })));
      isMore ||= page.length >= RECORDS_MAX;
    }
    return { read: inOrder(read), isMore: isMore || this.steps % STEPS_BETWEEN === 0 };
  }

  /** Finds the shards there are, and begins to read those that may be read. */
  private async look(): Promise<void> {
    this.shards = await shardsOf(this.ask, this.stream);
    const isFirst = !this.isStarted;
    this.isStarted = true;
    if (isFirst && this.start === "LATEST") {
      for (const shard of this.shards) if (!isOpen(shard)) this.skipped.add(shard.ShardId);
    }
    // What appears later began after the start: it is read whole.
    const type = isFirst ? this.start : "TRIM_HORIZON";
    const state = { finished: this.finished, reading: new Set(this.cursors.keys()), skipped: this.skipped };
    for (const { ShardId } of ready(this.shards, state)) await this.open(ShardId, type);
  }

  /** Begins to read a shard, behind the last record that was read of it, if there is one. */
  private async open(shard: string, start: Start, last?: string): Promise<void> {
    const at =
      last === undefined
        ? { ShardIteratorType: start }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: last };
    const reply = await this.ask("GetShardIterator", { StreamArn: this.stream, ShardId: shard, ...at });
    const iterator = reply["ShardIterator"] as string;
    this.cursors.set(shard, { iterator, start, ...(last !== undefined && { last }) });
  }

  private async page(shard: string, cursor: Cursor): Promise<StreamRecord[]> {
    let reply: Record<string, unknown>;
    try {
      reply = await this.ask("GetRecords", { ShardIterator: cursor.iterator, Limit: RECORDS_MAX });
    } catch (error) {
      // After a long pause: goes on after what was read, or with what is left of it.
      if (this.is(error, "ExpiredIteratorException")) await this.open(shard, cursor.start, cursor.last);
      else if (this.is(error, "TrimmedDataAccessException")) await this.open(shard, "TRIM_HORIZON");
      else throw error;
      return [];
    }
    const records = reply["Records"] as StreamRecord[];
    const next = reply["NextShardIterator"] as string | undefined;
    // To the end of the line, so that shards beyond the most that a step reads have their turn.
    this.cursors.delete(shard);
    if (next === undefined) {
      this.finished.add(shard);
      // Its children are looked for with the next step.
      this.steps = 0;
    } else {
      const last = records.at(-1)?.dynamodb.SequenceNumber ?? cursor.last;
      this.cursors.set(shard, { iterator: next, start: cursor.start, ...(last !== undefined && { last }) });
    }
    return records;
  }
}

/** By time. Those of one shard stay in their order, also where a clock went back. */
function inOrder(read: Read[]): Read[] {
  const latest = new Map<string, number>();
  const timed = read.map((one) => {
    const { shard, record } = one;
    const time = Math.max(latest.get(shard) ?? 0, record.dynamodb.ApproximateCreationDateTime ?? 0);
    latest.set(shard, time);
    return { one, time };
  });
  return timed.sort((a, b) => a.time - b.time).map(({ one }) => one);
}

/** All shards of a stream, page by page. */
export async function shardsOf(ask: Ask, stream: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start: string | undefined;
  do {
    const reply = await ask("DescribeStream", {
      StreamArn: stream,
      ...(start !== undefined && { ExclusiveStartShardId: start }),
    });
    const { Shards, LastEvaluatedShardId } = reply["StreamDescription"] as {
      Shards: Shard[];
      LastEvaluatedShardId?: string;
    };
    shards.push(...Shards);
    start = LastEvaluatedShardId;
  } while (start !== undefined && shards.length < 10_000);
  return shards;
}

/** The newest records that there is room for, newest first, and how many there was none for. */
export function kept(now: readonly Read[], read: readonly Read[], max: number): { shown: Read[]; dropped: number } {
  const all = [...[...read].reverse(), ...now];
  return { shown: all.slice(0, max), dropped: Math.max(0, all.length - max) };
}
