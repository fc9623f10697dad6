// What came of a run, in the forms that it can be read in; and what can be said before a run.

import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useEffect, useMemo, useState } from "react";
import { describe, type Explain, type Fix, type Position, type Prepared, type QueryBody, type Sent } from "../api.ts";
import { keep, kept } from "../app/kept.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { CodeEditor } from "../components/editor/index.tsx";
import { CodeView } from "./CodeView.tsx";
import { Findings } from "./Findings.tsx";
import { ItemsTable } from "./ItemsTable.tsx";
import styles from "./queries.module.css";
import { RefusalView } from "./Refusal.tsx";
import { itemsOf, nextPage } from "./results.ts";
import { statusOf } from "./status.ts";
import type { Run } from "./store.ts";
import type { Runner } from "./useRunner.ts";

const KEPT = "result-tab";

export function Results({
  run,
  body,
  prepared,
  runner,
  onJump,
  onApply,
}: {
  run: Run | undefined;
  /** The query as it is now. */
  body: QueryBody;
  prepared: Prepared | null;
  runner: Runner;
  onJump: (position: Position) => void;
  onApply: (fix: Fix, runs: boolean) => Promise<void>;
}) {
  const [chosen, setChosen] = useState<unknown>(() => kept(KEPT));
  const ran = run?.ran ?? null;
  const [seen, setSeen] = useState(run);
  if (seen !== run) {
    // Trouble shows at once, whichever form was looked at.
    setSeen(run);
    if (run?.state === "done" && run.ran?.outcome !== "success") setChosen("plain");
  }
  const success = ran?.success ?? null;
  const items = useMemo(() => (success === null ? null : itemsOf(success.raw)), [success]);
  const isSame = run !== undefined && run.text === body.text && run.command === body.command;
  const explain = (isSame && ran ? ran.prepared.explain : null) ?? prepared?.explain ?? null;
  const sent = (isSame && ran ? ran.prepared.sent : null) ?? prepared?.sent ?? null;

  const plain = (
    <Reply run={run} text={success?.plain} isSame={isSame} label="Reply, plain" onJump={onJump} onApply={onApply} />
  );
  const tabs = [
    { id: "plain", label: "Plain", content: plain },
    ...(items === null
      ? []
      : [{ id: "items", label: `Items (${items.length})`, content: <ItemsTable items={items} /> }]),
    {
      id: "raw",
      label: "Raw",
      content: (
        <Reply run={run} text={success?.raw} isSame={isSame} label="Reply, typed" onJump={onJump} onApply={onApply} />
      ),
    },
    { id: "sent", label: "Sent", content: <SentView sent={sent} /> },
    { id: "explain", label: "Explain", content: <ExplainView explain={explain} /> },
    { id: "code", label: "Code", content: <CodeView body={body} /> },
  ];
  const active = tabs.find(({ id }) => id === chosen)?.id ?? "plain";
  return (
    <section className={styles["results"]} aria-label="Result">
      <Status run={run} isSame={isSame} runner={runner} mode={body.mode} />
      <Tabs
        ariaLabel="Forms of the result"
        activeTabId={active}
        tabs={tabs.map((tab) => ({ ...tab, content: tab.id === active ? tab.content : null }))}
        fitHeight
        disableContentPaddings
        onChange={({ detail }) => {
          setChosen(detail.activeTabId);
          keep(KEPT, detail.activeTabId);
        }}
      />
    </section>
  );
}

function Status({
  run,
  isSame,
  runner,
  mode,
}: {
  run: Run | undefined;
  isSame: boolean;
  runner: Runner;
  mode: QueryBody["mode"];
}) {
  const now = useClock(run?.state === "running");
  const { text, kind } = statusOf(run, now);
  const success = run?.ran?.success;
  const hasNext = run?.state === "done" && success ? nextPage(success, mode) !== null : false;
  const pages = run?.earlier.length ?? 0;
  return (
    <div className={styles["status"]}>
      <div role="status" aria-label="Status" data-kind={kind} className={styles["status-text"]}>
        {kind === "running" && <Spinner />}
        <span>{text}</span>
      </div>
      {run?.state === "done" && run.ran?.requestId && (
        <span className={styles["request-id"]} title={`Request ID ${run.ran.requestId}`}>
          {run.ran.requestId}
        </span>
      )}
      {run?.state === "done" && !isSame && <span className={styles["stale"]}>The query has changed since.</span>}
      <span className={styles["pages"]}>
        {pages > 0 && (
          <Button variant="inline-link" onClick={runner.back} ariaLabel="Page before">
            Page before
          </Button>
        )}
        {(pages > 0 || hasNext) && <span>Page {pages + 1}</span>}
        {hasNext && (
          <Button variant="inline-link" onClick={() => void runner.runNext()} ariaLabel="Next page">
            Next page
          </Button>
        )}
      </span>
    </div>
  );
}

/** The time now, moving while it is looked at. */
function useClock(isOn: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isOn) return;
    const timer = window.setInterval(() => setNow(Date.now()), 100);
    return () => window.clearInterval(timer);
  }, [isOn]);
  return now;
}

function Reply({
  run,
  text,
  isSame,
  label,
  onJump,
  onApply,
}: {
  run: Run | undefined;
  text: string | undefined;
  isSame: boolean;
  label: string;
  onJump: (position: Position) => void;
  onApply: (fix: Fix, runs: boolean) => Promise<void>;
}) {
  if (run === undefined) return <p className={styles["empty"]}>Run the query to see its reply here.</p>;
  if (run.state === "running") return <p className={styles["empty"]}>Waiting for the reply…</p>;
  if (run.state === "cancelled") {
    return <p className={styles["empty"]}>Cancelled. What had arrived by then was done all the same.</p>;
  }
  if (text !== undefined) {
    return (
      <div className={styles["reply"]}>
        <div className={styles["corner"]}>
          <CopyButton text={text} label="Copy the reply" />
        </div>
        <CodeEditor label={label} value={text} isReadOnly isFilling />
      </div>
    );
  }
  const { ran, error } = run;
  return (
    <div className={styles["trouble"]}>
      {ran === null && error !== null && (
        <div className={styles["refusal"]}>
          <h3>{describe(error).title}</h3>
          <p>{describe(error).message}</p>
        </div>
      )}
      {ran?.refusal && <RefusalView refusal={ran.refusal} onJump={onJump} />}
      {ran?.failure && (
        <div className={styles["refusal"]}>
          <h3>{ran.failure.cause}</h3>
          <p>{ran.failure.message}</p>
        </div>
      )}
      {ran?.outcome === "locked" && (
        <p className={styles["empty"]}>
          This connection is read-only: nothing is written through it. Change that under Connections.
        </p>
      )}
      {ran?.outcome === "confirm" && <p className={styles["empty"]}>It was not run: it was not confirmed.</p>}
      {ran && (
        <Findings
          problems={ran.outcome === "invalid" ? ran.prepared.problems : []}
          notes={[]}
          fixes={isSame ? ran.prepared.fixes : []}
          text={run.text}
          onJump={onJump}
          onApply={onApply}
        />
      )}
    </div>
  );
}

function SentView({ sent }: { sent: Sent | null }) {
  if (sent === null) return <p className={styles["empty"]}>What is sent shows here as soon as the body is sound.</p>;
  const head = [`${sent.method} ${sent.url}`, ...sent.headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
  return (
    <div className={styles["reply"]}>
      <div className={styles["corner"]}>
        <CopyButton text={`${head}\n\n${sent.body}`} label="Copy the request" />
      </div>
      <pre className={styles["head"]} aria-label="Request line and headers">
        {head}
      </pre>
      <CodeEditor label="Body as sent" value={sent.body} isReadOnly isFilling />
    </div>
  );
}

const units = (range: { low: number; high: number } | number) =>
  typeof range === "number"
    ? String(range)
    : range.low === range.high
      ? String(range.low)
      : `${range.low} to ${range.high}`;

function ExplainView({ explain }: { explain: Explain | null }) {
  if (explain === null)
    return <p className={styles["empty"]}>What the query will do shows here as soon as the body is sound.</p>;
  const { readUnits, writeUnits } = explain;
  return (
    <div className={styles["explain"]}>
      <p className={styles["summary"]}>{explain.summary}</p>
      {explain.lines.length > 0 && (
        <ul>
          {explain.lines.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
      )}
      <dl>
        {readUnits !== undefined && readUnits !== null && (
          <div>
            <dt>Read units, about</dt>
            <dd>{units(readUnits)}</dd>
          </div>
        )}
        {writeUnits !== undefined && writeUnits !== null && (
          <div>
            <dt>Write units, about</dt>
            <dd>{units(writeUnits)}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}
