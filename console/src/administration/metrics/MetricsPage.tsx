// What the server does now: measured every few seconds while the page shows. `?table=NAME` looks at one table.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { call, isAbort } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { useCaller } from "../../app/session.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import styles from "../administration.module.css";
import { amount, bytes, count } from "../amounts.ts";
import { ListTable } from "../ListTable.tsx";
import { useWhile } from "../useWhile.ts";
import { Chart } from "./Chart.tsx";
import { charts, errors, tablesOf, type ChartKind, type Scope } from "./charts.ts";
import { Reader, type Snapshot } from "./exposition.ts";
import { added, points } from "./history.ts";
import own from "./metrics.module.css";
import { gauges, quantiles, rates } from "./rates.ts";

const EVERY_MS = 5000;
/** The second measurement comes soon, so that rates show. */
const FIRST_MS = 1500;

interface Measured {
  snapshots: Snapshot[];
  error: unknown;
  measure: () => void;
}

function useSnapshots(isPaused: boolean): Measured {
  const [snapshots, setSnapshots] = useState<Snapshot[]>([]);
  const [error, setError] = useState<unknown>(undefined);
  const reader = useRef(new Reader());
  const stop = useRef<AbortController | null>(null);
  const measure = useCallback(() => {
    stop.current?.abort();
    const asked = (stop.current = new AbortController());
    call("Metrics", {}, asked.signal).then(
      ({ text }) => {
        const snapshot = reader.current.read(text, Date.now());
        setSnapshots((now) => added(now, snapshot));
        setError(undefined);
      },
      (fault: unknown) => {
        if (!isAbort(fault)) setError(fault);
      },
    );
  }, []);
  useEffect(() => {
    measure();
    const soon = window.setTimeout(measure, FIRST_MS);
    return () => {
      window.clearTimeout(soon);
      stop.current?.abort();
    };
  }, [measure]);
  useWhile(!isPaused, EVERY_MS, measure);
  return { snapshots, error, measure };
}

export default function MetricsPage() {
  const { connection } = usePlace();
  if (connection.kind === "local") return <Metrics />;
  return (
    <PageFrame title="Metrics">
      <Alert type="info" header="Metrics are Pixii's own">
        “{connection.name}” is another service, which tells no metrics here. Choose “This server” at the top to see
        those of this Pixii.
      </Alert>
    </PageFrame>
  );
}

function Metrics() {
  const { place, region } = usePlace();
  const caller = useCaller();
  const [search, setSearch] = useSearchParams();
  const [isPaused, setIsPaused] = useState(false);
  const { snapshots, error, measure } = useSnapshots(isPaused);
  const table = search.get("table");
  const account = place.account ?? caller.account;
  const kinds = useMemo(() => charts({ account, region, table }), [account, region, table]);
  const latest = snapshots.at(-1);
  const tables = latest === undefined ? [] : tablesOf(latest, { account, region });
  const options = [
    { value: "", label: "All tables" },
    // A table that is gone may still be in the address.
    ...[...new Set([...tables, ...(table === null ? [] : [table])])].map((value) => ({ value, label: value })),
  ];
  return (
    <PageFrame
      isWide
      title="Metrics"
      description={`Measured every ${EVERY_MS / 1000} seconds while this page is open.`}
      actions={
        <div className={own["actions"]}>
          <div>
            <Select
              ariaLabel="Table"
              selectedOption={options.find(({ value }) => value === (table ?? "")) ?? null}
              options={options}
              filteringType={options.length > 10 ? "auto" : "none"}
              filteringAriaLabel="Find a table"
              onChange={({ detail }) => {
                const chosen = detail.selectedOption.value ?? "";
                setSearch(chosen === "" ? {} : { table: chosen }, { replace: true });
              }}
            />
          </div>
          <Button iconName={isPaused ? "play" : "pause"} onClick={() => setIsPaused(!isPaused)}>
            {isPaused ? "Go on" : "Pause"}
          </Button>
        </div>
      }
    >
      <div className={styles["stack"]}>
        {error !== undefined && <ErrorBox error={error} again={measure} />}
        {table === null && <Figures snapshots={snapshots} scope={{ account, region, table }} />}
        {groups(kinds).map(([group, ofGroup]) => (
          <Group key={group} name={group} kinds={ofGroup} snapshots={snapshots} />
        ))}
        {table === null && latest !== undefined && (
          <ListTable
            title="Errors since the server started"
            items={errors(latest)}
            trackBy={({ operation, error: name }) => `${operation} ${name}`}
            columns={[
              { id: "error", header: "Error", cell: (one) => one.error, by: (one) => one.error, minWidth: 200 },
              { id: "operation", header: "Operation", cell: (one) => one.operation, by: (one) => one.operation },
              { id: "kind", header: "Kind", cell: (one) => one.kind, by: (one) => one.kind },
              { id: "count", header: "Count", cell: (one) => count(one.count), by: (one) => one.count },
            ]}
            searched={(one) => `${one.error} ${one.operation}`}
            search="Find an error"
            noun="error"
            pageSize={10}
            empty={<p>There were none.</p>}
          />
        )}
      </div>
    </PageFrame>
  );
}

function groups(kinds: ChartKind[]): [string, ChartKind[]][] {
  const found = new Map<string, ChartKind[]>();
  for (const kind of kinds) found.set(kind.group, [...(found.get(kind.group) ?? []), kind]);
  return [...found];
}

function Group({ name, kinds, snapshots }: { name: string; kinds: ChartKind[]; snapshots: Snapshot[] }) {
  const shown = kinds
    .map((kind) => ({ kind, of: points(snapshots, kind.measure, kind.hidesZeros) }))
    .filter(
      ({ kind, of }) =>
        !kind.isRare || of.lines.some(({ values }) => values.some((value) => value !== null && value > 0)),
    );
  if (shown.length === 0) return null;
  return (
    <>
      <h2 className={own["group"]}>{name}</h2>
      <div className={own["grid"]}>
        {shown.map(({ kind: { id, title, unit, form }, of }) => (
          <Chart key={id} title={title} unit={unit} points={of} form={form} />
        ))}
      </div>
    </>
  );
}

/** The most important numbers of now. */
function Figures({ snapshots, scope }: { snapshots: Snapshot[]; scope: Scope }) {
  const [before, now] = snapshots.slice(-2);
  const isKnown = before !== undefined && now !== undefined;
  const total = (name: string) => (isKnown ? (rates(before, now, name, () => "").get("") ?? 0) : undefined);
  const gauge = (name: string) => (now === undefined ? undefined : (gauges(now, name, () => "").get("") ?? 0));
  const [slow] = isKnown ? quantiles(before, now, "pixii_request_duration_seconds", [0.99]) : [];
  const requests = total("pixii_requests_total");
  const failures = total("pixii_errors_total");
  const figures: [string, string][] = [
    ["Requests each second", amount(requests)],
    ["Errors each second", amount(failures)],
    ["99 of 100 answered within", slow === undefined ? "–" : `${amount(slow * 1000)} ms`],
    ["Connections", amount(gauge("pixii_connections"))],
    ["Tables", amount(now === undefined ? undefined : tablesOf(now, scope).length)],
    ["Data files", now === undefined ? "–" : bytes(gauge("pixii_storage_disk_bytes"))],
  ];
  return (
    <dl className={own["figures"]} aria-label="Now">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
