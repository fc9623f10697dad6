// One open query: toolbar, editor, what was found, result.

import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { call, type Fix, type Mode, type Position, type QueryBody } from "../api.ts";
import { useShortcut } from "../app/actions.tsx";
import { useNotify } from "../app/notify.tsx";
import { usePlace } from "../app/place.tsx";
import type { Model } from "../model.ts";
import { parameterNames, withMember } from "./body/tree.ts";
import { Findings } from "./Findings.tsx";
import { parameterJson } from "./parameters.ts";
import { Parameters } from "./Parameters.tsx";
import styles from "./queries.module.css";
import type { Jump } from "./QueryEditor.tsx";
import { Results } from "./Results.tsx";
import type { Queries } from "./store.ts";
import { change, isSamePlace, type QueryTab } from "./tabs.ts";
import { Toolbar, type MenuItem } from "./Toolbar.tsx";
import { usePrepared } from "./usePrepared.ts";
import { useRunner } from "./useRunner.ts";

const QueryEditor = lazy(() => import("./QueryEditor.tsx"));
const nothing: never[] = [];

export function Workspace({
  queries,
  tab,
  model,
  onSave,
  onMenu,
}: {
  queries: Queries;
  tab: QueryTab;
  model: Model | undefined;
  onSave: () => void;
  onMenu: (item: MenuItem) => void;
}) {
  const { place } = usePlace();
  const { fail } = useNotify();
  const { update, waiting, wait } = queries;
  const [jump, setJump] = useState<Jump | null>(null);
  const run = queries.runs.get(tab.id);
  const runner = useRunner(queries, tab);
  const patch = useCallback((next: Partial<QueryTab>) => update((all) => change(all, tab.id, next)), [update, tab.id]);

  const names = useMemo(() => parameterNames(tab.text), [tab.text]);
  const body = useMemo<QueryBody>(
    () => ({
      place,
      command: tab.command,
      text: tab.text,
      mode: tab.mode,
      parameters: parameterJson(names, tab.values),
    }),
    [place, tab.command, tab.text, tab.mode, tab.values, names],
  );
  const { prepared } = usePrepared(body);
  const isSame = run?.state === "done" && run.text === tab.text && run.command === tab.command;
  // What a run found shows at its result.
  const shown = new Set(isSame ? run.ran?.prepared.fixes.map(({ id }) => id) : []);
  const fixes = (prepared?.fixes ?? nothing).filter(({ id }) => !shown.has(id) || run?.ran?.outcome === "success");

  const { command, table, template, text } = tab;
  const fill = useCallback(
    async (next: { command: string; table: string | null }) => {
      try {
        const made = await call("Template", { place, command: next.command, ...(next.table && { table: next.table }) });
        patch({ ...next, text: made.text, template: made.text });
      } catch (error) {
        patch(next);
        fail(error);
      }
    },
    [place, patch, fail],
  );
  const isUntouched = text.trim() === "" || text === template;
  const chooseCommand = (next: string) =>
    isUntouched ? void fill({ command: next, table }) : patch({ command: next });
  const chooseTable = (next: string) => {
    if (isUntouched) return void fill({ command, table: next });
    const input = model?.commands.find(({ name }) => name === command)?.input ?? "";
    const takesTable = model?.shapes[input]?.members?.["TableName"] !== undefined;
    patch(takesTable ? { table: next, text: withMember(text, "TableName", JSON.stringify(next)) } : { table: next });
  };
  // A tab that was opened for a command begins with its template.
  useEffect(() => {
    if (template === "" && text === "") void fill({ command, table });
  }, [template, text, command, table, fill]);
  // By itself it runs where it belongs only: another place may be about to be chosen.
  const runsHere = tab.runsAt === null || isSamePlace(tab.runsAt, place);
  const [runsOnLoad, setRunsOnLoad] = useState(tab.runOnLoad && tab.saved !== null && run === undefined);
  const isDue = runsHere && (waiting === tab.id || runsOnLoad);
  useEffect(() => {
    if (!isDue) return;
    wait(null);
    // The run begins once, however it ends.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setRunsOnLoad(false);
    void runner.run();
  }, [isDue, wait, runner]);

  const apply = async (fix: Fix, runs: boolean) => {
    const last = fix.steps.at(-1);
    if (last === undefined) return;
    patch({ command: last.command, text: last.text, template: null });
    if (runs) await runner.run(last);
  };
  const onJump = (position: Position) => setJump({ position });
  const isRunning = run?.state === "running";
  const start = () => void runner.run();
  // A dialog's keys are the dialog's.
  const unlessAsked = (action: () => void) => () => {
    if (!document.activeElement?.closest("dialog, [role=dialog]")) action();
  };
  useShortcut("enter", unlessAsked(start));
  useShortcut("s", unlessAsked(onSave));
  return (
    <>
      <Toolbar
        tab={tab}
        model={model}
        isRunning={isRunning}
        onCommand={chooseCommand}
        onTable={chooseTable}
        onTemplate={() => void fill({ command, table })}
        onMode={(mode: Mode) => patch({ mode })}
        onRun={start}
        onCancel={runner.cancel}
        onSave={onSave}
        onMenu={onMenu}
      />
      <div className={styles["panes"]}>
        <section className={styles["writing"]} aria-label="Body">
          <Suspense fallback={<div className={styles["editor-waiting"]} />}>
            <QueryEditor
              key={tab.id}
              value={tab.text}
              onChange={(value) => patch({ text: value })}
              command={tab.command}
              mode={tab.mode}
              model={model}
              problems={prepared?.problems ?? nothing}
              jump={jump}
            />
          </Suspense>
          <div className={styles["below"]}>
            <Parameters names={names} tab={tab} onChange={(values) => patch({ values })} onRun={start} />
            <Findings
              problems={prepared?.problems ?? nothing}
              notes={prepared?.notes ?? nothing}
              fixes={fixes}
              text={tab.text}
              onJump={onJump}
              onApply={apply}
            />
          </div>
        </section>
        <Results run={run} body={body} prepared={prepared} runner={runner} onJump={onJump} onApply={apply} />
      </div>
    </>
  );
}
