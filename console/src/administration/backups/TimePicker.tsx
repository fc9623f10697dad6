// Choosing a second to restore: on a timeline, by steps, or by typing it.
//
// The latest time moves on while one looks. So "the latest" is a choice of its own, `undefined`, and not the second
// that was the latest when it was chosen.

import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState, type CSSProperties } from "react";
import { Choice } from "../../components/Choice.tsx";
import { ago, duration } from "../amounts.ts";
import styles from "./backups.module.css";
import { clamp, read, ticks, view, written, zoneName, zooms, type Span, type Zone, type Zoom } from "./moment.ts";

const steps: [seconds: number, text: string, name: string][] = [
  [-3600, "− 1 h", "One hour earlier"],
  [-60, "− 1 min", "One minute earlier"],
  [-1, "− 1 s", "One second earlier"],
  [1, "+ 1 s", "One second later"],
  [60, "+ 1 min", "One minute later"],
  [3600, "+ 1 h", "One hour later"],
];

const widths: Record<Zoom, string> = { all: "All", day: "A day", hour: "An hour", minutes: "10 minutes" };

/** Whole days, hours, … before the latest time that make sense for a span. */
const backs: [seconds: number, text: string][] = [
  [300, "5 minutes before"],
  [3600, "1 hour before"],
  [86_400, "1 day before"],
  [604_800, "1 week before"],
];

const TICKS_MAX = 7;

export function TimePicker({
  whole,
  value,
  onChange,
  onFault,
}: {
  /** The seconds that can be restored. */
  whole: Span;
  /** `undefined` is the latest, whenever that is. */
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  /** Told whether what is typed is no second to restore. */
  onFault: (isFaulty: boolean) => void;
}) {
  const [zone, setZone] = useState<Zone>("local");
  const [zoom, setZoom] = useState<Zoom>("all");
  const [typed, setTyped] = useState<string | null>(null);
  // A zoom shows the same part while the thumb is dragged in it.
  const [anchor, setAnchor] = useState<number | null>(null);
  const chosen = value ?? whole.latest;
  const shown = view(whole, zoom, anchor ?? chosen);
  const choose = (seconds: number, keepsView = false) => {
    if (!keepsView) setAnchor(null);
    setTyped(null);
    onFault(false);
    onChange(clamp(seconds, whole));
  };
  const found = typed === null ? chosen : read(typed, zone);
  const fault =
    found === undefined
      ? "Enter a date and a time, such as 2026-11-28 06:53:22."
      : found < whole.earliest || whole.latest < found
        ? "This second cannot be restored: it is outside of the timeline."
        : undefined;
  const width = shown.latest - shown.earliest;
  const filled = width === 0 ? 1 : (Math.min(Math.max(chosen, shown.earliest), shown.latest) - shown.earliest) / width;
  return (
    <div className={styles["picker"]}>
      <Checkbox
        checked={value === undefined}
        onChange={({ detail }) => {
          setTyped(null);
          onFault(false);
          onChange(detail.checked ? undefined : whole.latest);
        }}
      >
        Latest restorable time, whenever the restore begins
      </Checkbox>
      <div>
        <div className={styles["ends"]}>
          <span>
            Earliest <strong>{written(shown.earliest, zone)}</strong>
          </span>
          <span>
            Latest <strong>{written(shown.latest, zone)}</strong>
          </span>
        </div>
        <div className={styles["line"]} style={{ "--filled": filled } as CSSProperties}>
          <input
            type="range"
            className={styles["slider"]}
            aria-label="Time to restore"
            aria-valuetext={`${written(chosen, zone)} ${zone === "utc" ? "UTC" : zoneName(chosen)}`}
            min={shown.earliest}
            max={Math.max(shown.latest, shown.earliest + 1)}
            step={1}
            value={chosen}
            disabled={width === 0}
            onChange={(event) => {
              if (anchor === null) setAnchor(chosen);
              choose(Number(event.target.value), true);
            }}
          />
          <div className={styles["ticks"]} aria-hidden="true">
            {width > 0 &&
              ticks(shown, TICKS_MAX).map(({ at, text }) => (
                <span key={at} style={{ insetInlineStart: `${((at - shown.earliest) / width) * 100}%` }}>
                  {text}
                </span>
              ))}
          </div>
        </div>
      </div>
      <div className={styles["steps"]}>
        {zooms(whole).length > 1 && (
          <Choice
            label="Timeline shows"
            value={zoom}
            options={zooms(whole).map((id) => ({ id, text: widths[id] }))}
            onChange={(next) => {
              setZoom(next);
              setAnchor(null);
            }}
          />
        )}
        <div role="group" aria-label="Steps">
          {steps.map(([seconds, text, name]) => (
            <button
              key={seconds}
              type="button"
              className={styles["step"]}
              aria-label={name}
              disabled={clamp(chosen + seconds, whole) === chosen}
              onClick={() => choose(chosen + seconds)}
            >
              {text}
            </button>
          ))}
        </div>
        <div role="group" aria-label="Before the latest time">
          {backs
            .filter(([seconds]) => whole.latest - seconds >= whole.earliest)
            .map(([seconds, text]) => (
              <button
                key={seconds}
                type="button"
                className={styles["step"]}
                onClick={() => choose(whole.latest - seconds)}
              >
                {text}
              </button>
            ))}
        </div>
      </div>
      <div className={styles["exact"]}>
        <FormField label="Exact date and time" errorText={fault}>
          <Input
            value={typed ?? written(chosen, zone)}
            spellcheck={false}
            onChange={({ detail }) => {
              setTyped(detail.value);
              const seconds = read(detail.value, zone);
              const isFound = seconds !== undefined && whole.earliest <= seconds && seconds <= whole.latest;
              onFault(!isFound);
              if (!isFound) return;
              setAnchor(null);
              onChange(seconds);
            }}
            onBlur={() => {
              if (fault === undefined) setTyped(null);
            }}
          />
        </FormField>
        <Choice
          label="Times are shown in"
          value={zone}
          options={[
            { id: "local", text: `Local (${zoneName(chosen)})` },
            { id: "utc", text: "UTC" },
          ]}
          onChange={(next) => {
            setZone(next);
            setTyped(null);
            onFault(false);
          }}
        />
      </div>
      <p className={styles["read"]} role="status" aria-label="Chosen time">
        <strong>{written(chosen, "local")}</strong> {zoneName(chosen)} · <strong>{written(chosen, "utc")}</strong> UTC ·{" "}
        {value === undefined ? "the latest" : ago(chosen, whole.latest).replace("ago", "before the latest")} · the
        timeline is {duration(whole.latest - whole.earliest)} long
      </p>
    </div>
  );
}
