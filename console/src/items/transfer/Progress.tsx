// How far the writing of many items is, and what was not written.

import ProgressBar from "@cloudscape-design/components/progress-bar";
import { itemCount, short } from "../values.ts";
import styles from "../items.module.css";
import type { Written } from "./write.ts";

/** What became of the items, in a sentence. */
export function summary({ written, kept, refused }: Written): string {
  const parts = [`${itemCount(written)} written`];
  if (kept > 0) parts.push(`${itemCount(kept)} left as they were`);
  if (refused > 0) parts.push(`${itemCount(refused)} refused`);
  return `${parts.join(", ")}.`;
}

export function Progress({
  written,
  total,
  isRunning,
}: {
  written: Written;
  total: number | null;
  isRunning: boolean;
}) {
  const done = written.written + written.kept + written.refused;
  return (
    <>
      {isRunning && total !== null && (
        <ProgressBar ariaLabel="Written" value={total === 0 ? 100 : (100 * done) / total} />
      )}
      <div role="status" aria-label="Written">
        {isRunning ? `${itemCount(done)} so far…` : summary(written)}
      </div>
      {written.refused > 0 && (
        <ul className={styles["refused"]} aria-label="Refused items">
          {written.refusals.map(({ item, reason }, index) => (
            <li key={index}>
              <code>{short({ M: item }).slice(0, 200)}</code>
              <p className={styles["error"]}>{reason}</p>
            </li>
          ))}
          {written.refused > written.refusals.length && (
            <li>and {itemCount(written.refused - written.refusals.length)} more</li>
          )}
        </ul>
      )}
    </>
  );
}
