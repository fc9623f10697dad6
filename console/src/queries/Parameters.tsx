// The form for `{{ names }}`.

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { parameterValue } from "./parameters.ts";
import styles from "./queries.module.css";
import type { QueryTab } from "./tabs.ts";

export function Parameters({
  names,
  tab,
  onChange,
  onRun,
}: {
  names: string[];
  tab: QueryTab;
  onChange: (values: Record<string, string>) => void;
  onRun: () => void;
}) {
  if (names.length === 0) return null;
  return (
    <fieldset className={styles["parameters"]}>
      <legend>Parameters</legend>
      {names.map((name) => {
        const typed = tab.values[name] ?? "";
        const { kind } = parameterValue(typed);
        const description = tab.parameters.find((parameter) => parameter.name === name)?.description;
        return (
          <FormField
            key={name}
            label={name}
            description={description ?? undefined}
            constraintText={kind === "nothing" ? "JSON; what is not JSON is text." : `Sent as ${kind}.`}
          >
            <Input
              value={typed}
              spellcheck={false}
              onChange={({ detail }) => onChange({ ...tab.values, [name]: detail.value })}
              onKeyDown={({ detail }) => {
                if (detail.key === "Enter" && !detail.isComposing) onRun();
              }}
            />
          </FormField>
        );
      })}
    </fieldset>
  );
}
