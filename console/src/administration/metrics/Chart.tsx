// A chart with its title, unit and legend, and the same numbers as a table.

import { lazy, Suspense, useState, type CSSProperties } from "react";
import { amount, bytes } from "../amounts.ts";
import type { Points } from "./history.ts";
import styles from "./metrics.module.css";

const Plot = lazy(() => import("./Plot.tsx"));

/** Rows of the table: the newest. */
const ROWS_MAX = 60;

export type Form = "bytes" | "seconds" | undefined;

/** A value as it is written in charts of a form. */
export function inForm(value: number | null | undefined, form: Form): string {
  if (value === null || value === undefined) return "–";
  if (form === "bytes") return bytes(value);
  if (form === "seconds") {
    return value !== 0 && value < 0.001
      ? `${amount(value * 1e6)} µs`
      : value < 1
        ? `${amount(value * 1e3)} ms`
        : `${amount(value)} s`;
  }
  return amount(value);
}

export function Chart({ title, unit, points, form }: { title: string; unit: string; points: Points; form?: Form }) {
  const [isTable, setIsTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const { times, lines } = points;
  const isEmpty = times.length === 0 || lines.length === 0;
  const place = at !== null && at < times.length ? at : times.length - 1;
  return (
    <section className={styles["chart"]} aria-label={title}>
      <div className={styles["head"]}>
        <h3>{title}</h3>
        <span>{unit}</span>
        <button
          type="button"
          className={styles["as"]}
          aria-pressed={isTable}
          aria-label={`${title} as a table`}
          onClick={() => setIsTable(!isTable)}
        >
          Table
        </button>
      </div>
      {isEmpty ? (
        <div className={styles["none"]}>{times.length === 0 ? "Waiting for the next measurement" : "Nothing yet"}</div>
      ) : isTable ? (
        <Numbers title={title} points={points} form={form} />
      ) : (
        <div className={styles["plot"]}>
          <Suspense fallback={null}>
            <Plot points={points} written={(value) => inForm(value, form)} onPoint={setAt} />
          </Suspense>
        </div>
      )}
      <ul className={styles["legend"]} aria-label={`Legend of ${title}`}>
        {lines.map(({ name, values }, line) => (
          <li key={name}>
            <span
              className={styles["swatch"]}
              style={{ "--color": `var(--line-${line % 8})` } as CSSProperties}
              aria-hidden="true"
            />
            <span>{name}</span>
            <strong>{inForm(values[place], form)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Numbers({ title, points: { times, lines }, form }: { title: string; points: Points; form: Form }) {
  const rows = times.map((time, at) => ({ time, at })).slice(-ROWS_MAX);
  rows.reverse();
  return (
    // It scrolls, so the keyboard has to reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={`${title}, table`}>
      <table>
        <caption className="pixii-unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ time, at }) => (
            <tr key={time}>
              <th scope="row">{new Date(time * 1000).toLocaleTimeString("en-GB")}</th>
              {lines.map(({ name, values }) => (
                <td key={name}>{inForm(values[at], form)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
