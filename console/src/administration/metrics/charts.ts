// Which charts there are, and from which metrics each is made. `docs/metrics.md` tells what those are.

import type { Series, Snapshot } from "./exposition.ts";
import { remembered, type Measure } from "./history.ts";
import { gauges, quantiles, rates, type LineOf, type Values } from "./rates.ts";

/** Whose tables are shown. */
export interface Scope {
  account: string;
  region: string;
  /** One table with its indexes, or all. */
  table: string | null;
}

export interface ChartKind {
  id: string;
  title: string;
  /** What the numbers are: `requests each second`. */
  unit: string;
  group: "Requests" | "Capacity" | "Tables" | "Storage" | "Server";
  /** Left out while there is nothing to show. */
  isRare?: boolean;
  /** Lines of nothing are left out while there are others. */
  hidesZeros?: boolean;
  /** How numbers are written. */
  form?: "bytes" | "seconds";
  measure: Measure;
}

type Labels = Series["labels"];

/** The values of several measures, each line after the measure it is of. */
function joined(parts: [name: string, values: Values][]): Values {
  const all = new Map<string, number>();
  for (const [name, values] of parts) {
    for (const [line, value] of values) all.set(line === "" ? name : `${line}, ${name}`, value);
  }
  return all;
}

function isOf(scope: Scope, labels: Labels): boolean {
  return (
    labels["account"] === scope.account &&
    labels["region"] === scope.region &&
    (scope.table === null || labels["table"] === scope.table)
  );
}

/** Of one table a line for it and for each index; of all a line for each table. */
function byTable(scope: Scope): LineOf {
  return (labels) => {
    if (!isOf(scope, labels)) return undefined;
    if (scope.table === null) return labels["table"];
    return labels["index"] ? `index ${labels["index"]}` : labels["table"];
  };
}

/** A line for each table without its indexes, whose entries are no items more. */
function withoutIndexes(scope: Scope): LineOf {
  const line = byTable(scope);
  return (labels) => (scope.table === null && labels["index"] ? undefined : line(labels));
}

const operationOf: LineOf = (labels) => labels["operation"] || undefined;
const all: LineOf = () => "";

const CLASSES: Record<string, string> = {
  system: "of the server",
  user: "of the request",
  throttle: "throttled",
  condition: "condition failed",
  transaction: "transaction refused",
};

function latency(before: Snapshot, now: Snapshot): Values {
  const wanted: [string, number][] = [
    ["half", 0.5],
    ["9 of 10", 0.9],
    ["99 of 100", 0.99],
  ];
  const quantile = quantiles(
    before,
    now,
    "pixii_request_duration_seconds",
    wanted.map(([, one]) => one),
  );
  const values = new Map<string, number>();
  wanted.forEach(([name], at) => {
    const value = quantile[at];
    if (value !== undefined) values.set(name, value);
  });
  return values;
}

/** The mean latency of each operation that was asked for. */
function latencyByOperation(before: Snapshot, now: Snapshot): Values {
  const sums = rates(before, now, "pixii_request_duration_seconds_sum", operationOf);
  const counts = rates(before, now, "pixii_request_duration_seconds_count", operationOf);
  const means = new Map<string, number>();
  for (const [operation, seconds] of sums) {
    const count = counts.get(operation) ?? 0;
    if (count > 0) means.set(operation, seconds / count);
  }
  return means;
}

function withoutZeros(values: Values): Values {
  return new Map([...values].filter(([, value]) => value !== 0));
}

function requestCharts(): ChartKind[] {
  return [
    {
      id: "requests",
      title: "Requests",
      unit: "each second",
      group: "Requests",
      hidesZeros: true,
      measure: (before, now) => rates(before, now, "pixii_requests_total", operationOf),
    },
    {
      id: "errors",
      title: "Errors",
      unit: "each second",
      group: "Requests",
      measure: (before, now) =>
        rates(before, now, "pixii_errors_total", (labels) => CLASSES[labels["class"] ?? ""] ?? labels["class"]),
    },
    {
      id: "latency",
      title: "Latency",
      unit: "within which requests were answered",
      group: "Requests",
      form: "seconds",
      measure: latency,
    },
    {
      id: "latency-operation",
      title: "Latency by operation",
      unit: "mean",
      group: "Requests",
      form: "seconds",
      measure: latencyByOperation,
    },
  ];
}

function capacityChart(scope: Scope, side: "read" | "write"): ChartKind {
  const line = byTable(scope);
  return {
    id: `consumed-${side}`,
    title: side === "read" ? "Read units" : "Write units",
    unit: "each second",
    group: "Capacity",
    hidesZeros: scope.table === null,
    measure: (before, now) => {
      const consumed = rates(before, now, `pixii_consumed_${side}_units_total`, line);
      // What is provisioned of all tables beside what all consume would be too many lines to read.
      if (scope.table === null) return consumed;
      return joined([
        ["consumed", consumed],
        ["provisioned", withoutZeros(gauges(now, `pixii_provisioned_${side}_units`, line))],
        ["limit", withoutZeros(gauges(now, `pixii_on_demand_${side}_units_max`, line))],
      ]);
    },
  };
}

function throttleChart(scope: Scope): ChartKind {
  const line = byTable(scope);
  return {
    id: "throttles",
    title: "Throttled requests",
    unit: "each second",
    group: "Capacity",
    hidesZeros: true,
    measure: (before, now) =>
      joined([
        ["reads", rates(before, now, "pixii_read_throttles_total", line)],
        ["writes", rates(before, now, "pixii_write_throttles_total", line)],
      ]),
  };
}

/** One measure that differs by what it counts only. */
function tableChart(
  scope: Scope,
  [id, title, unit]: [string, string, string],
  metric: string,
  kind: "rate" | "gauge",
  more: Partial<ChartKind> = {},
): ChartKind {
  const line = kind === "rate" ? byTable(scope) : withoutIndexes(scope);
  return {
    id,
    title,
    unit,
    group: "Tables",
    ...more,
    measure: (before, now) => (kind === "rate" ? rates(before, now, metric, line) : gauges(now, metric, line)),
  };
}

function tableCharts(scope: Scope): ChartKind[] {
  return [
    tableChart(
      scope,
      ["items", "Items", scope.table === null ? "of tables" : "of the table and its indexes"],
      "pixii_items",
      "gauge",
    ),
    tableChart(scope, ["size", "Size of items", "bytes"], "pixii_item_bytes", "gauge", { form: "bytes" }),
    tableChart(
      scope,
      ["returned", "Items returned", "by queries and scans, each second"],
      "pixii_returned_items_total",
      "rate",
      { hidesZeros: true },
    ),
    tableChart(scope, ["conditions", "Failed conditions", "each second"], "pixii_failed_conditions_total", "rate", {
      isRare: true,
    }),
    tableChart(
      scope,
      ["conflicts", "Conflicts of transactions", "each second"],
      "pixii_transaction_conflicts_total",
      "rate",
      { isRare: true },
    ),
    tableChart(scope, ["expired", "Items that expired", "each second"], "pixii_expired_items_total", "rate", {
      isRare: true,
    }),
    {
      id: "replication",
      title: "Replication lag",
      unit: "how old the last change was when it arrived",
      group: "Tables",
      form: "seconds",
      isRare: true,
      measure: (_, now) =>
        gauges(now, "pixii_replication_lag_seconds", ({ account, table, source, target }) =>
          account === scope.account && (scope.table === null || table === scope.table)
            ? `${scope.table === null ? `${table ?? ""}: ` : ""}${source ?? ""} → ${target ?? ""}`
            : undefined,
        ),
    },
  ];
}

function gaugesOf(lines: [name: string, metric: string][]): Measure {
  return (_, now) => joined(lines.map(([name, metric]) => [name, gauges(now, metric, all)]));
}

function serverCharts(): ChartKind[] {
  return [
    {
      id: "storage",
      title: "Storage",
      unit: "bytes",
      group: "Storage",
      form: "bytes",
      measure: gaugesOf([
        ["data files", "pixii_storage_disk_bytes"],
        ["to be compacted", "pixii_storage_compaction_bytes"],
      ]),
    },
    {
      id: "memory",
      title: "Memory of the storage",
      unit: "bytes",
      group: "Storage",
      form: "bytes",
      measure: gaugesOf([
        ["written, in no file yet", "pixii_storage_written_bytes"],
        ["cache", "pixii_storage_cache_bytes"],
        ["waiting to be committed", "pixii_storage_queue_bytes"],
      ]),
    },
    {
      id: "commits",
      title: "Commits",
      unit: "each second",
      group: "Storage",
      measure: (before, now) => rates(before, now, "pixii_storage_commits_total", () => "commits"),
    },
    {
      id: "connections",
      title: "Connections",
      unit: "open",
      group: "Server",
      measure: gaugesOf([["connections", "pixii_connections"]]),
    },
    {
      id: "refused",
      title: "Refused connections",
      unit: "each second",
      group: "Server",
      isRare: true,
      measure: (before, now) => rates(before, now, "pixii_refused_connections_total", (labels) => labels["reason"]),
    },
    {
      id: "bodies",
      title: "Large requests on their way in",
      unit: "bytes",
      group: "Server",
      form: "bytes",
      isRare: true,
      measure: gaugesOf([["memory", "pixii_request_bodies_bytes"]]),
    },
  ];
}

/** All charts of a scope; those of the server are left out where one table is looked at. */
export function charts(scope: Scope): ChartKind[] {
  const ofTables = [
    capacityChart(scope, "read"),
    capacityChart(scope, "write"),
    throttleChart(scope),
    ...tableCharts(scope),
  ];
  const kinds = scope.table === null ? [...requestCharts(), ...ofTables, ...serverCharts()] : ofTables;
  return kinds.map((kind) => ({ ...kind, measure: remembered(kind.measure) }));
}

/** The errors since the server started, the most frequent first: what the chart of errors has no room for. */
export function errors(now: Snapshot): { operation: string; error: string; kind: string; count: number }[] {
  const found: ReturnType<typeof errors> = [];
  for (const [{ name, labels }, count] of now.values) {
    if (name !== "pixii_errors_total" || count === 0) continue;
    const kind = labels["class"] ?? "";
    found.push({
      operation: labels["operation"] ?? "",
      error: labels["error"] ?? "",
      kind: CLASSES[kind] ?? kind,
      count,
    });
  }
  return found.sort((a, b) => b.count - a.count);
}

/** The tables that there is something to tell of. */
export function tablesOf(now: Snapshot, { account, region }: Omit<Scope, "table">): string[] {
  const names = new Set<string>();
  for (const [{ name, labels }] of now.values) {
    if (name === "pixii_items" && labels["account"] === account && labels["region"] === region) {
      names.add(labels["table"] ?? "");
    }
  }
  return [...names].sort();
}
