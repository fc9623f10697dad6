import type { ReactNode } from "react";
import { CopyButton } from "../components/CopyButton.tsx";
import styles from "./administration.module.css";

/** Names with what they stand for, in columns. An entry whose value is `undefined` is left out. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode, isWide?: boolean][] }) {
  return (
    <dl className={styles["facts"]}>
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value, isWide]) => (
          <div key={name} className={isWide ? styles["wide"] : undefined}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A text to copy, such as an ARN. `label` is the button's name. */
export function Copied({ text, label }: { text: string; label: string }) {
  return (
    <span className={styles["copied"]}>
      <CopyButton isIcon text={text} label={label} />
      <span className={styles["mono"]}>{text}</span>
    </span>
  );
}
