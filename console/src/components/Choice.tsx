import { useId } from "react";
import styles from "./Choice.module.css";

/** One of a few, side by side: a radio group that looks like one control. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  /** The accessible name. */
  label: string;
  options: { id: T; text: string; title?: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={styles["choice"]}>
      {options.map(({ id, text, title }) => (
        <label key={id} title={title} data-is-chosen={id === value}>
          <input type="radio" name={name} value={id} checked={id === value} onChange={() => onChange(id)} />
          {text}
        </label>
      ))}
    </div>
  );
}
