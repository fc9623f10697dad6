// Replicas of a table, and the requests that change them.

import { throughput } from "../tables/draft.ts";

export interface Replica {
  RegionName: string;
  ReplicaStatus?: string;
  ReplicaStatusDescription?: string;
  ReplicaStatusPercentProgress?: string;
  ProvisionedThroughputOverride?: { ReadCapacityUnits?: number };
  OnDemandThroughputOverride?: { MaxReadRequestUnits?: number };
  ReplicaTableClassSummary?: { TableClass?: string };
  KMSMasterKeyId?: string;
}

/** What may differ in one Region. Empty means as in the others. */
export interface ReplicaDraft {
  region: string;
  /** Read units where the table is provisioned, else the most on demand. */
  readUnits: string;
  tableClass: "" | "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
}

export const emptyReplica: ReplicaDraft = { region: "", readUnits: "", tableClass: "" };

export function replicaDraft(replica: Replica, isOnDemand: boolean): ReplicaDraft {
  const units = isOnDemand
    ? replica.OnDemandThroughputOverride?.MaxReadRequestUnits
    : replica.ProvisionedThroughputOverride?.ReadCapacityUnits;
  return {
    region: replica.RegionName,
    readUnits: units === undefined || units < 0 ? "" : String(units),
    tableClass: (replica.ReplicaTableClassSummary?.TableClass ?? "") as ReplicaDraft["tableClass"],
  };
}

export function replicaFaults(draft: ReplicaDraft, taken: readonly string[]): Record<string, string> {
  const faults: Record<string, string> = {};
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(draft.region)) faults["region"] = "Enter a Region.";
  else if (taken.includes(draft.region)) faults["region"] = "There is a replica in this Region.";
  if (draft.readUnits !== "" && !/^[1-9]\d{0,11}$/.test(draft.readUnits)) {
    faults["readUnits"] = "Enter a whole number, 1 or more.";
  }
  return faults;
}

function overrides({ readUnits, tableClass }: ReplicaDraft, isOnDemand: boolean): object {
  const units = Number(readUnits);
  return {
    ...(readUnits !== "" &&
      (isOnDemand
        ? { OnDemandThroughputOverride: { MaxReadRequestUnits: units } }
        : { ProvisionedThroughputOverride: { ReadCapacityUnits: units } })),
    ...(tableClass !== "" && { TableClassOverride: tableClass }),
  };
}

/** The request that adds a replica, or changes or removes one. */
export function replicaRequest(
  table: string,
  kind: "Create" | "Update",
  draft: ReplicaDraft,
  isOnDemand: boolean,
): Record<string, unknown> {
  const change = { RegionName: draft.region, ...overrides(draft, isOnDemand) };
  return { TableName: table, ReplicaUpdates: [{ [kind]: change }] };
}

export function removalRequest(table: string, region: string): Record<string, unknown> {
  return { TableName: table, ReplicaUpdates: [{ Delete: { RegionName: region } }] };
}

/** Settings of a table of version 2017.11.29, for all of its replicas. */
export interface LegacyDraft {
  billing: "" | "PAY_PER_REQUEST" | "PROVISIONED";
  writeUnits: string;
  /** Read units by Region. */
  readUnits: Record<string, string>;
}

export function legacyRequest(name: string, draft: LegacyDraft): Record<string, unknown> {
  const replicas = Object.entries(draft.readUnits).filter(([, units]) => units !== "");
  const write = throughput({ read: "0", write: draft.writeUnits }) as { WriteCapacityUnits: number };
  return {
    GlobalTableName: name,
    ...(draft.billing !== "" && { GlobalTableBillingMode: draft.billing }),
    ...(draft.writeUnits !== "" && { GlobalTableProvisionedWriteCapacityUnits: write.WriteCapacityUnits }),
    ...(replicas.length > 0 && {
      ReplicaSettingsUpdate: replicas.map(([RegionName, units]) => ({
        RegionName,
        ReplicaProvisionedReadCapacityUnits: Number(units),
      })),
    }),
  };
}
