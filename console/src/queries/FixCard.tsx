// A fix that changes the meaning: what it would change, and one button.

import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import { useId, useState } from "react";
import { describe, isAbort, type Fix } from "../api.ts";
import { useConfirm } from "../app/confirm.tsx";
import { usePlace } from "../app/place.tsx";
import { Diff } from "../components/editor/index.tsx";
import styles from "./queries.module.css";
import { connectionQuestion, runStep } from "./useRunner.ts";

type Progress = { step: number; state: "running" | "failed"; message?: string } | null;

export function FixCard({
  fix,
  text,
  onApply,
}: {
  fix: Fix;
  text: string;
  onApply: (fix: Fix, runs: boolean) => Promise<void>;
}) {
  const { place, connection } = usePlace();
  const confirm = useConfirm();
  const title = useId();
  const [progress, setProgress] = useState<Progress>(null);
  const before = fix.steps.slice(0, -1);
  const last = fix.steps.at(-1);
  if (last === undefined) return null;

  const apply = async (runs: boolean) => {
    for (const [index, step] of before.entries()) {
      setProgress({ step: index, state: "running" });
      try {
        await runStep(place, step, (command) => confirm(connectionQuestion(connection.name, command)));
      } catch (error) {
        if (isAbort(error)) {
          setProgress(null);
          return;
        }
        setProgress({ step: index, state: "failed", message: describe(error).message });
        return;
      }
    }
    setProgress(null);
    await onApply(fix, runs);
  };
  const isBusy = progress?.state === "running";
  return (
    <section className={styles["fix"]} aria-labelledby={title}>
      <header>
        <h3 id={title}>{fix.title}</h3>
        {fix.isRecommended && <Badge color="green">Recommended</Badge>}
      </header>
      {fix.explanation !== "" && <p>{fix.explanation}</p>}
      {before.length > 0 && (
        <ol className={styles["steps"]}>
          {before.map((step, index) => (
            <li key={index} data-state={progress?.step === index ? progress.state : undefined}>
              <details>
                <summary>
                  Run <code>{step.command}</code>
                  {progress?.step === index && <em> {progress.state === "running" ? "running…" : progress.message}</em>}
                </summary>
                <pre>{step.text}</pre>
              </details>
            </li>
          ))}
          <li>
            Then <code>{last.command}</code>
            {last.text === text ? ", as it is" : ", changed as follows"}
          </li>
        </ol>
      )}
      {last.text !== text && (
        <Diff label={`What changes: ${fix.title}`} before={text} after={last.text} maxHeight="300px" />
      )}
      <div className={styles["fix-actions"]}>
        <Button onClick={() => void apply(false)} loading={isBusy} variant={fix.isRecommended ? "primary" : "normal"}>
          Apply
        </Button>
        <Button variant="link" disabled={isBusy} onClick={() => void apply(true)}>
          Run with this fix
        </Button>
      </div>
    </section>
  );
}
