// The tables of the chosen place. Kept for a minute and shared by all who ask; `forgetTables` after a change.

import { useEffect, useRef, useSyncExternalStore } from "react";
import { send, type Place } from "../api.ts";
import { placeKey, usePlace } from "../app/place.tsx";
import { useLoad, type Loaded } from "./useLoad.ts";

/** What DescribeTable tells, as far as the console uses it; the rest is there as well. */
export interface TableDescription {
  TableName: string;
  TableArn: string;
  TableStatus: string;
  KeySchema: KeyElement[];
  AttributeDefinitions: { AttributeName: string; AttributeType: "S" | "N" | "B" }[];
  ItemCount?: number;
  TableSizeBytes?: number;
  CreationDateTime?: number;
  BillingModeSummary?: { BillingMode: "PROVISIONED" | "PAY_PER_REQUEST" };
  ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  GlobalSecondaryIndexes?: IndexDescription[];
  LocalSecondaryIndexes?: IndexDescription[];
  DeletionProtectionEnabled?: boolean;
  LatestStreamArn?: string;
  StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: string };
  Replicas?: { RegionName: string; ReplicaStatus?: string }[];
  [other: string]: unknown;
}

export interface KeyElement {
  AttributeName: string;
  KeyType: "HASH" | "RANGE";
}

export interface IndexDescription {
  IndexName: string;
  IndexStatus?: string;
  KeySchema: KeyElement[];
  Projection: { ProjectionType: "ALL" | "KEYS_ONLY" | "INCLUDE"; NonKeyAttributes?: string[] };
  ItemCount?: number;
  IndexSizeBytes?: number;
  [other: string]: unknown;
}

const LIVE_MS = 60_000;
const ENTRIES_MAX = 200;
const NAMES_MAX = 10_000;
const kept = new Map<string, { until: number; promise: Promise<unknown> }>();

function cached<T>(key: string, load: () => Promise<T>): Promise<T> {
  const found = kept.get(key);
  if (found !== undefined && Date.now() < found.until) return found.promise as Promise<T>;
  const promise = load().catch((error: unknown) => {
    kept.delete(key);
    throw error;
  });
  for (const oldest of kept.keys()) {
    if (kept.size < ENTRIES_MAX) break;
    kept.delete(oldest);
  }
  kept.set(key, { until: Date.now() + LIVE_MS, promise });
  return promise;
}

const watchers = new Set<() => void>();
let round = 0;
const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

/** Forgets what is known of tables, after one was created, changed or deleted. Whoever shows them asks again. */
export function forgetTables(): void {
  kept.clear();
  round += 1;
  for (const watcher of watchers) watcher();
}

/** What was loaded, asked again whenever tables are forgotten. */
function useFresh<T>(loaded: Loaded<T>): Loaded<T> {
  const now = useSyncExternalStore(watch, () => round);
  const { reload } = loaded;
  const seen = useRef(now);
  useEffect(() => {
    if (seen.current === now) return;
    seen.current = now;
    reload();
  }, [now, reload]);
  return { ...loaded, reload: forgetTables };
}

/** The names of all tables of a place, in order; at most 10,000. */
export function tableNames(place: Place): Promise<string[]> {
  return cached(`${placeKey(place)} names`, async () => {
    const names: string[] = [];
    let start: unknown;
    do {
      const reply = await send(place, "ListTables", start === undefined ? {} : { ExclusiveStartTableName: start });
      names.push(...(reply["TableNames"] as string[]));
      start = reply["LastEvaluatedTableName"];
    } while (start !== undefined && names.length < NAMES_MAX);
    return names;
  });
}

/** What is known of one table. */
export function describeTable(place: Place, table: string): Promise<TableDescription> {
  return cached(`${placeKey(place)} table ${table}`, async () => {
    const reply = await send(place, "DescribeTable", { TableName: table });
    return reply["Table"] as TableDescription;
  });
}

/** The names of the chosen place's tables. */
export function useTableNames(): Loaded<string[]> {
  const { place } = usePlace();
  return useFresh(useLoad(placeKey(place), () => tableNames(place)));
}

/** A table of the chosen place; `null` asks nothing. */
export function useTable(table: string | null): Loaded<TableDescription> {
  const { place } = usePlace();
  const key = table === null ? null : `${placeKey(place)} ${table}`;
  return useFresh(useLoad(key, () => describeTable(place, table ?? "")));
}
