// The capacity of a table as a form has it, and the request for what was changed.

import type { TableDescription } from "../../components/tables.ts";
import { throughput, type Units } from "./draft.ts";

export interface CapacityDraft {
  billing: "PAY_PER_REQUEST" | "PROVISIONED";
  units: Units;
  /** Of global indexes, by name. */
  indexes: Record<string, Units>;
  /** On demand; empty for none. */
  limits: Units;
}

/** What one begins with after a time on demand. */
const UNITS_DEFAULT = "5";

function unitsOf(throughput: unknown): Units {
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = (throughput ?? {}) as Record<string, number>;
  return { read: String(read || UNITS_DEFAULT), write: String(write || UNITS_DEFAULT) };
}

export function capacityOf(table: TableDescription): CapacityDraft {
  const limits = (table["OnDemandThroughput"] ?? {}) as { MaxReadRequestUnits?: number; MaxWriteRequestUnits?: number };
  const limit = (units: number | undefined) => (units === undefined || units < 0 ? "" : String(units));
  const indexes = table.GlobalSecondaryIndexes ?? [];
  return {
    billing: table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
    units: unitsOf(table.ProvisionedThroughput),
    indexes: Object.fromEntries(indexes.map((index) => [index.IndexName, unitsOf(index["ProvisionedThroughput"])])),
    limits: { read: limit(limits.MaxReadRequestUnits), write: limit(limits.MaxWriteRequestUnits) },
  };
}

const same = (a: Units | undefined, b: Units | undefined) => a?.read === b?.read && a?.write === b?.write;

/** The request that makes of what is kept what is wanted; nothing where that is the same. */
export function capacityRequest(
  table: TableDescription,
  kept: CapacityDraft,
  wanted: CapacityDraft,
): Record<string, unknown> | undefined {
  const switches = kept.billing !== wanted.billing;
  const request: Record<string, unknown> = { TableName: table.TableName };
  if (switches) request["BillingMode"] = wanted.billing;
  if (wanted.billing === "PROVISIONED") {
    if (switches || !same(kept.units, wanted.units)) request["ProvisionedThroughput"] = throughput(wanted.units);
    const updates = Object.entries(wanted.indexes)
      .filter(([name, units]) => switches || !same(kept.indexes[name], units))
      .map(([IndexName, units]) => ({ Update: { IndexName, ProvisionedThroughput: throughput(units) } }));
    if (updates.length > 0) request["GlobalSecondaryIndexUpdates"] = updates;
  } else if (!same(kept.limits, wanted.limits)) {
    // −1 takes a limit away.
    const limit = (text: string) => (text === "" ? -1 : Number(text));
    request["OnDemandThroughput"] = {
      MaxReadRequestUnits: limit(wanted.limits.read),
      MaxWriteRequestUnits: limit(wanted.limits.write),
    };
  }
  return Object.keys(request).length > 1 ? request : undefined;
}
