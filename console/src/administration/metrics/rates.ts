// From counters to what happened in between: rates, and quantiles of histograms.

import type { Series, Snapshot } from "./exposition.ts";

/** Values by the name of the line that they belong to. */
export type Values = ReadonlyMap<string, number>;

/** Says which line a series counts for; nothing where it counts for none. */
export type LineOf = (labels: Series["labels"]) => string | undefined;

function* named(snapshot: Snapshot, name: string): Generator<[Series, number]> {
  for (const entry of snapshot.values) if (entry[0].name === name) yield entry;
}

/** What gauges are, added up by line. */
export function gauges(now: Snapshot, name: string, lineOf: LineOf): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [series, value] of named(now, name)) {
    const line = lineOf(series.labels);
    if (line !== undefined) sums.set(line, (sums.get(line) ?? 0) + value);
  }
  return sums;
}

/** By how much a counter has grown. One that is smaller began anew with the server. */
function growth(before: Snapshot, series: Series, value: number): number {
  const old = before.values.get(series);
  return old === undefined || old > value ? value : value - old;
}

/** By how much counters grow each second, added up by line. */
export function rates(before: Snapshot, now: Snapshot, name: string, lineOf: LineOf): Map<string, number> {
  const seconds = (now.timeMs - before.timeMs) / 1000;
  const sums = new Map<string, number>();
  if (seconds <= 0) return sums;
  for (const [series, value] of named(now, name)) {
    const line = lineOf(series.labels);
    if (line !== undefined) sums.set(line, (sums.get(line) ?? 0) + growth(before, series, value) / seconds);
  }
  return sums;
}

/**
 * Quantiles of what a histogram has counted in between: each is where it would be if all in its bucket were evenly
 * spread, and `undefined` where nothing was counted.
 */
export function quantiles(
  before: Snapshot,
  now: Snapshot,
  name: string,
  wanted: number[],
  counts: (labels: Series["labels"]) => boolean = () => true,
): (number | undefined)[] {
  const buckets = new Map<number, number>();
  for (const [series, value] of named(now, `${name}_bucket`)) {
    if (!counts(series.labels)) continue;
    const bound = series.labels["le"] === "+Inf" ? Infinity : Number(series.labels["le"]);
    buckets.set(bound, (buckets.get(bound) ?? 0) + growth(before, series, value));
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return wanted.map((quantile) => quantileOf(sorted, quantile));
}

function quantileOf(buckets: [number, number][], quantile: number): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  let start = 0;
  for (const [bound, sum] of buckets) {
    if (rank <= sum) {
      // Nothing is known of how far the last bucket reaches.
      if (bound === Infinity) return start;
      return sum === below ? bound : start + ((bound - start) * (rank - below)) / (sum - below);
    }
    [below, start] = [sum, bound];
  }
  return start;
}

/** The lines that come to most, and the rest as one: a chart of a hundred lines shows none. */
export function most(values: Values, lines: readonly string[], rest = "others"): Map<string, number> {
  const kept = new Map<string, number>();
  for (const line of lines) {
    const value = values.get(line);
    if (value !== undefined) kept.set(line, value);
  }
  let others = 0;
  let isAny = false;
  for (const [line, value] of values) {
    if (kept.has(line)) continue;
    others += value;
    isAny = true;
  }
  if (isAny) kept.set(rest, others);
  return kept;
}
