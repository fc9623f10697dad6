// How far the writing of many items is, and what was not written.

import ProgressBar from "@cloudscape-design/components/progress-bar";
import { short } from "../values.ts";
import styles from "../items.module.css";
import type { Written } from "./write.ts";

const REFUSED_SHOWN = 20;
const count = (items: number) => `${items.toLocaleString("en")} ${items === 1 ? "item" : "items"}`;

/** What became of the items, in a sentence. */
export function summary({ written, kept, refused }: Written): string {
  const parts = [`${count(written)} written`];
  if (kept > 0) parts.push(`${count(kept)} left as they were`);
  if (refused.length > 0) parts.push(`${count(refused.length)} refused`);
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
  const done = written.written + written.kept + written.refused.length;
  return (
    <>
      {isRunning && total !== null && (
        <ProgressBar ariaLabel="Written" value={total === 0 ? 100 : (100 * done) / total} />
      )}
      <div role="status" aria-label="Written">
        {isRunning ? `${count(done)} so far…` : summary(written)}
      </div>
      {written.refused.length > 0 && (
        <ul className={styles["refused"]} aria-label="Refused items">
          {written.refused.slice(0, REFUSED_SHOWN).map(({ item, reason }, index) => (
            <li key={index}>
              <code>{short({ M: item }).slice(0, 200)}</code>
              <p className={styles["error"]}>{reason}</p>
            </li>
          ))}
          {written.refused.length > REFUSED_SHOWN && <li>and {count(written.refused.length - REFUSED_SHOWN)} more</li>}
        </ul>
      )}
    </>
  );
}
