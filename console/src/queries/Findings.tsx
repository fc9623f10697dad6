// What is wrong with a body, what was put right by itself, and what could be.

import Icon from "@cloudscape-design/components/icon";
import type { Fix, Note, Position, Problem } from "../api.ts";
import { FixCard } from "./FixCard.tsx";
import styles from "./queries.module.css";

const icons = { error: "status-negative", warning: "status-warning", info: "status-info" } as const;

export function Findings({
  problems,
  notes,
  fixes,
  text,
  onJump,
  onApply,
}: {
  problems: Problem[];
  notes: Note[];
  fixes: Fix[];
  /** The body that the fixes change. */
  text: string;
  onJump: (position: Position) => void;
  onApply: (fix: Fix, runs: boolean) => Promise<void>;
}) {
  if (problems.length + notes.length + fixes.length === 0) return null;
  return (
    <div className={styles["findings"]}>
      {problems.length > 0 && (
        <ul aria-label="Problems" className={styles["problems"]}>
          {problems.map((problem, index) => (
            <li key={index} data-severity={problem.severity}>
              <Icon name={icons[problem.severity]} size="small" ariaLabel={problem.severity} />
              <span>{problem.message}</span>
              {problem.position && <JumpButton position={problem.position} onJump={onJump} />}
            </li>
          ))}
        </ul>
      )}
      {fixes.map((fix) => (
        <FixCard key={fix.id} fix={fix} text={text} onApply={onApply} />
      ))}
      <Notes notes={notes} />
    </div>
  );
}

export function JumpButton({ position, onJump }: { position: Position; onJump: (position: Position) => void }) {
  return (
    <button type="button" className={styles["jump"]} onClick={() => onJump(position)}>
      line {position.line}, column {position.column}
    </button>
  );
}

/** Lossless repairs: what is sent differs from what is written, but means the same. */
function Notes({ notes }: { notes: Note[] }) {
  if (notes.length === 0) return null;
  return (
    <details className={styles["notes"]}>
      <summary>
        {notes.length === 1 ? "1 thing is sent in another form" : `${notes.length} things are sent in another form`}
      </summary>
      <ul>
        {notes.map(({ code, message, path }, index) => (
          <li key={index} data-code={code}>
            {path ? <code>{path}</code> : null} {message}
          </li>
        ))}
      </ul>
    </details>
  );
}
