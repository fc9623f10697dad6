import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import styles from "./administration.module.css";
import type { Faults, Units } from "./tables/draft.ts";

/** Read and write units, side by side. `place` is where their faults are. */
export function UnitsFields({
  units,
  faults,
  place,
  of,
  labels = ["Read units", "Write units"],
  placeholder,
  onChange,
}: {
  units: Units;
  faults: Faults;
  place: string;
  /** Whose units, for who does not see what is around: "by-status". */
  of?: string;
  labels?: [string, string];
  placeholder?: string;
  onChange: (units: Units) => void;
}) {
  return (
    <div className={styles["fields"]}>
      {(["read", "write"] as const).map((side, at) => (
        <FormField key={side} label={labels[at]} errorText={faults[`${place} ${side}`]}>
          <Input
            value={units[side]}
            inputMode="numeric"
            {...(of !== undefined && { ariaLabel: `${labels[at] ?? ""} of ${of}` })}
            {...(placeholder !== undefined && { placeholder })}
            onChange={({ detail }) => onChange({ ...units, [side]: detail.value.trim() })}
          />
        </FormField>
      ))}
    </div>
  );
}
