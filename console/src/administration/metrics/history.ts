// What was told in the last minutes, and the points of charts that follow from it.

import type { Snapshot } from "./exposition.ts";
import { most, type Values } from "./rates.ts";

/** An hour at one each ten seconds; fewer where each is large. */
const SNAPSHOTS_MAX = 361;
const VALUES_MAX = 600_000;

/** The snapshots with one more, without the oldest for which there is no room. */
export function added(snapshots: readonly Snapshot[], snapshot: Snapshot): Snapshot[] {
  const kept = [...snapshots, snapshot];
  let values = kept.reduce((sum, one) => sum + one.values.size, 0);
  // Two are needed to tell a rate.
  while (kept.length > 2 && (kept.length > SNAPSHOTS_MAX || values > VALUES_MAX)) {
    values -= kept.shift()?.values.size ?? 0;
  }
  return kept;
}

/** What a chart shows of what happened between two snapshots, or was at the later one. */
export type Measure = (before: Snapshot, now: Snapshot) => Values;

export interface Points {
  /** Seconds since 1970. */
  times: number[];
  lines: { name: string; values: (number | null)[] }[];
}

/** More lines than colors that can be told apart are one. */
export const LINES_MAX = 8;

/**
 * The points of a chart: a line for each of the names that come to most. With `hidesZeros` those that come to nothing
 * are left out, unless all do.
 */
export function points(snapshots: readonly Snapshot[], measure: Measure, hidesZeros = false): Points {
  const times: number[] = [];
  const measured: Values[] = [];
  for (let at = 1; at < snapshots.length; at += 1) {
    const [before, now] = [snapshots[at - 1], snapshots[at]];
    if (before === undefined || now === undefined) continue;
    times.push(now.timeMs / 1000);
    measured.push(measure(before, now));
  }
  const sums = new Map<string, number>();
  for (const values of measured) {
    for (const [line, value] of values) sums.set(line, (sums.get(line) ?? 0) + value);
  }
  if (hidesZeros && [...sums.values()].some((sum) => sum > 0)) {
    for (const [line, sum] of sums) if (sum === 0) sums.delete(line);
  }
  const ranked = [...sums].sort(([, a], [, b]) => b - a).map(([line]) => line);
  const isMany = ranked.length > LINES_MAX;
  const chosen = isMany ? ranked.slice(0, LINES_MAX - 1) : [...sums.keys()];
  const shown = isMany ? measured.map((values) => most(values, chosen)) : measured;
  const names = isMany ? [...chosen, "others"] : chosen;
  return {
    times,
    lines: names.map((name) => ({ name, values: shown.map((values) => values.get(name) ?? null) })),
  };
}

/** Remembers what a measure came to for two snapshots, which do not change. */
export function remembered(measure: Measure): Measure {
  const known = new WeakMap<Snapshot, { before: Snapshot; values: Values }>();
  return (before, now) => {
    const found = known.get(now);
    if (found?.before === before) return found.values;
    const values = measure(before, now);
    known.set(now, { before, values });
    return values;
  };
}
