// The shards of a stream: which follow which, and in which order they are to be read.

export interface Shard {
  ShardId: string;
  ParentShardId?: string;
  SequenceNumberRange?: { StartingSequenceNumber?: string; EndingSequenceNumber?: string };
}

export interface Branch {
  shard: Shard;
  children: Branch[];
}

export function isOpen(shard: Shard): boolean {
  return shard.SequenceNumberRange?.EndingSequenceNumber === undefined;
}

/** When a shard began, in seconds since 1970, as its name tells: `shardId-00000001795848800441-5daeeffb`. */
export function began(shard: Shard): number | undefined {
  const found = /^shardId-(\d{13,20})-/.exec(shard.ShardId);
  return found === null ? undefined : Number(found[1]) / 1000;
}

/** As trees. A shard whose parent is gone, as records older than a day are, is a root. */
export function tree(shards: readonly Shard[]): Branch[] {
  const branches = new Map(shards.map((shard): [string, Branch] => [shard.ShardId, { shard, children: [] }]));
  const roots: Branch[] = [];
  for (const branch of branches.values()) {
    const parent = branch.shard.ParentShardId === undefined ? undefined : branches.get(branch.shard.ParentShardId);
    (parent === undefined ? roots : parent.children).push(branch);
  }
  return roots;
}

/**
 * The shards that reading may begin with now: those whose parent has been read to its end, is not read at all, or is
 * gone. A child before its parent would show changes of an item out of their order.
 */
export function ready(
  shards: readonly Shard[],
  { finished, reading, skipped }: Record<"finished" | "reading" | "skipped", ReadonlySet<string>>,
): Shard[] {
  const known = new Set(shards.map(({ ShardId }) => ShardId));
  return shards.filter(({ ShardId, ParentShardId }) => {
    if (finished.has(ShardId) || reading.has(ShardId) || skipped.has(ShardId)) return false;
    if (ParentShardId === undefined || !known.has(ParentShardId)) return true;
    return finished.has(ParentShardId) || skipped.has(ParentShardId);
  });
}
