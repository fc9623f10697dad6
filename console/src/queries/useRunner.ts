// Running a tab's query, and everything that is asked before.

import { useCallback } from "react";
import { call, isAbort, type Place, type Ran } from "../api.ts";
import { useConfirm } from "../app/confirm.tsx";
import { usePlace } from "../app/place.tsx";
import { useCaller } from "../app/session.tsx";
import { forgetTables } from "../components/tables.ts";
import { memberString, parameterNames, withMember } from "./body/tree.ts";
import { addToHistory } from "./history.ts";
import { parameterJson } from "./parameters.ts";
import { nextPage } from "./results.ts";
import type { Queries, Run } from "./store.ts";
import type { QueryTab } from "./tabs.ts";

const PAGES_MAX = 50;
/** Commands after which the tables may be others. */
const CHANGES_TABLES = /^(Create|Delete|Update|Import).*Table$|^Restore|GlobalTable$|TimeToLive$/;

export interface Runner {
  /** Runs the tab's query, or another body in its place. */
  run: (other?: { command: string; text: string }) => Promise<void>;
  /** Runs it for what comes after the last page. */
  runNext: () => Promise<void>;
  /** Shows the page before. */
  back: () => void;
  cancel: () => void;
}

export function useRunner(queries: Queries, tab: QueryTab): Runner {
  const { place, connection } = usePlace();
  const { arn } = useCaller();
  const confirm = useConfirm();
  const { setRun, runOf } = queries;

  const start = useCallback(
    async (asked: { command: string; text: string }, sent: string, earlier: Ran[]) => {
      const question = questionFor(tab, asked);
      if (question !== null && earlier.length === 0 && !(await confirm(question))) return;
      runOf(tab.id)?.stop.abort();
      const run: Run = {
        ...asked,
        place,
        startedMs: Date.now(),
        state: "running",
        stop: new AbortController(),
        ran: null,
        error: null,
        earlier,
      };
      setRun(tab.id, run);
      const parameters = parameterJson(parameterNames(sent), tab.values);
      const body = { place, command: asked.command, text: sent, mode: tab.mode, parameters, timeoutMs: tab.timeoutMs };
      const isConfirmed = question !== null;
      const end = (result: Partial<Run>) => {
        // Another run, or a closed tab, has taken its place.
        if (runOf(tab.id)?.stop === run.stop) setRun(tab.id, { ...run, ...result });
      };
      const record = (outcome: Ran["outcome"] | "error", elapsedMs: number) => {
        if (earlier.length > 0) return;
        addToHistory(arn, { ...asked, atMs: run.startedMs, place, mode: tab.mode, outcome, elapsedMs });
      };
      try {
        let ran = await call("Run", { ...body, ...(isConfirmed && { isConfirmed }) }, run.stop.signal);
        if (ran.outcome === "confirm" && (await confirm(connectionQuestion(connection.name, asked.command)))) {
          ran = await call("Run", { ...body, isConfirmed: true }, run.stop.signal);
        }
        end({ state: "done", ran });
        record(ran.outcome, ran.elapsedMs);
        if (ran.outcome === "success" && CHANGES_TABLES.test(asked.command)) forgetTables();
      } catch (error) {
        if (isAbort(error)) end({ state: "cancelled" });
        else end({ state: "done", error });
        if (!isAbort(error)) record("error", Date.now() - run.startedMs);
      }
    },
    [tab, place, connection, arn, confirm, setRun, runOf],
  );

  const run = useCallback(
    async (other?: { command: string; text: string }) => {
      const asked = other ?? { command: tab.command, text: tab.text };
      await start(asked, asked.text, []);
    },
    [start, tab.command, tab.text],
  );
  const runNext = useCallback(async () => {
    const now = runOf(tab.id);
    if (!now?.ran?.success) return;
    const next = nextPage(now.ran.success, tab.mode);
    if (next === null) return;
    const earlier = [...now.earlier, now.ran].slice(-PAGES_MAX);
    await start(
      { command: now.command, text: now.text },
      withMember(now.text, next.member, unbound(next.value)),
      earlier,
    );
  }, [start, runOf, tab.id, tab.mode]);
  const back = useCallback(() => {
    const now = runOf(tab.id);
    const before = now?.earlier.at(-1);
    if (now === undefined || before === undefined) return;
    setRun(tab.id, { ...now, state: "done", ran: before, error: null, earlier: now.earlier.slice(0, -1) });
  }, [runOf, setRun, tab.id]);
  const cancel = useCallback(() => runOf(tab.id)?.stop.abort(), [runOf, tab.id]);
  return { run, runNext, back, cancel };
}

/** JSON in which nothing is a parameter. Brackets like a parameter's stand in its strings only. */
const unbound = (json: string) => json.replaceAll("{{", "\\u007b{");

function questionFor(tab: QueryTab, { command, text }: { command: string; text: string }) {
  const table = memberString(text, "TableName");
  if (command === "DeleteTable") {
    const body = `This deletes ${table === undefined ? "the table" : `the table “${table}”`} with all its items.`;
    return { title: "Delete this table?", body, action: "Delete table" };
  }
  if (!tab.asksBeforeRunning) return null;
  return {
    title: `Run ${tab.name ?? command}?`,
    body: `${command}${table === undefined ? "" : ` on ${table}`}. This query asks each time before it runs.`,
    action: "Run",
  };
}

/** Asked where a connection asks before writing. */
export function connectionQuestion(name: string, command: string) {
  return {
    title: `Run ${command}?`,
    body: `The connection “${name}” asks before anything is written through it.`,
    action: `Run ${command}`,
  };
}

/** Runs one step of a fix that comes before the last; throws where it is not done. */
export async function runStep(
  place: Place,
  step: { command: string; text: string },
  ask: (command: string) => Promise<boolean>,
): Promise<void> {
  const body = { place, ...step, mode: "auto" as const };
  let ran = await call("Run", body);
  if (ran.outcome === "confirm" && (await ask(step.command))) ran = await call("Run", { ...body, isConfirmed: true });
  if (ran.outcome === "success") {
    if (CHANGES_TABLES.test(step.command)) forgetTables();
    return;
  }
  const problem = ran.prepared.problems.find(({ severity }) => severity === "error");
  const why = ran.refusal
    ? `${ran.refusal.exception}: ${ran.refusal.message}`
    : (ran.failure?.message ?? problem?.message ?? "It was not run.");
  throw new Error(`${step.command} did not succeed. ${why}`);
}
