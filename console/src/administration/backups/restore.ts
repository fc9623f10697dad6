// A restore as it is being made up, and the request for it.

import { nameFault, throughput, unitsFaults, type Faults, type Units } from "../tables/draft.ts";

/** What is restored: a backup, or a table as it was. */
export type Source = { kind: "backup"; arn: string; table: string } | { kind: "time"; table: string };

/** An index as the source has it, in the form that overrides take. */
export interface SourceIndex {
  IndexName: string;
  KeySchema: object[];
  Projection: object;
  ProvisionedThroughput?: { ReadCapacityUnits?: number; WriteCapacityUnits?: number };
}

export interface RestoreDraft {
  target: string;
  /** Seconds since 1970; `undefined` is the latest there is. */
  time: number | undefined;
  billing: "" | "PAY_PER_REQUEST" | "PROVISIONED";
  units: Units;
  encryption: "" | "OWNED" | "KMS";
  /** Names of indexes that are not restored. */
  withoutIndexes: string[];
}

/** A name for the restored table, as the example of the service has it: `users` becomes `usersRestored`. */
export function suggestedName(table: string, taken: readonly string[]): string {
  const base = `${table.slice(0, 240)}Restored`;
  if (!taken.includes(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.includes(base + String(number))) return base + String(number);
}

export function emptyRestore(target: string): RestoreDraft {
  return {
    target,
    time: undefined,
    billing: "",
    units: { read: "5", write: "5" },
    encryption: "",
    withoutIndexes: [],
  };
}

export function restoreFaults(draft: RestoreDraft, taken: readonly string[]): Faults {
  const name = nameFault(draft.target) ?? (taken.includes(draft.target) ? "There is a table of this name." : undefined);
  return {
    ...(name !== undefined && { target: name }),
    ...(draft.billing === "PROVISIONED" && unitsFaults(draft.units, "units")),
  };
}

function kept(indexes: readonly SourceIndex[], draft: RestoreDraft, isGlobal: boolean): object[] {
  const isProvisioned = isGlobal && draft.billing === "PROVISIONED";
  return indexes
    .filter(({ IndexName }) => !draft.withoutIndexes.includes(IndexName))
    .map(({ IndexName, KeySchema, Projection, ProvisionedThroughput: own }) => {
      // Of an index on demand the description says zero, which is no throughput to ask for.
      const hasOwn = isGlobal && draft.billing === "" && (own?.ReadCapacityUnits ?? 0) > 0;
      return {
        IndexName,
        KeySchema,
        Projection,
        ...(isProvisioned && { ProvisionedThroughput: throughput(draft.units) }),
        ...(hasOwn && {
          ProvisionedThroughput: {
            ReadCapacityUnits: own?.ReadCapacityUnits,
            WriteCapacityUnits: own?.WriteCapacityUnits,
          },
        }),
      };
    });
}

/** The command and its request. */
export function restoreRequest(
  source: Source,
  draft: RestoreDraft,
  indexes: { global: readonly SourceIndex[]; local: readonly SourceIndex[] },
): { command: string; request: Record<string, unknown> } {
  const leaves = (of: readonly SourceIndex[]) => of.some(({ IndexName }) => draft.withoutIndexes.includes(IndexName));
  // Indexes that become provisioned need their units said.
  const changesGlobal = leaves(indexes.global) || (draft.billing === "PROVISIONED" && indexes.global.length > 0);
  const overrides = {
    TargetTableName: draft.target,
    ...(draft.billing !== "" && { BillingModeOverride: draft.billing }),
    ...(draft.billing === "PROVISIONED" && { ProvisionedThroughputOverride: throughput(draft.units) }),
    ...(changesGlobal && { GlobalSecondaryIndexOverride: kept(indexes.global, draft, true) }),
    ...(leaves(indexes.local) && { LocalSecondaryIndexOverride: kept(indexes.local, draft, false) }),
    ...(draft.encryption === "KMS" && { SSESpecificationOverride: { Enabled: true, SSEType: "KMS" } }),
    ...(draft.encryption === "OWNED" && { SSESpecificationOverride: { Enabled: false } }),
  };
  if (source.kind === "backup") {
    return { command: "RestoreTableFromBackup", request: { BackupArn: source.arn, ...overrides } };
  }
  const time = draft.time === undefined ? { UseLatestRestorableTime: true } : { RestoreDateTime: draft.time };
  return { command: "RestoreTableToPointInTime", request: { SourceTableName: source.table, ...overrides, ...time } };
}
