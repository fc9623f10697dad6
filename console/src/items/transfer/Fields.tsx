// What several dialogs ask: which items, and what to do where there are some already.

import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import type { ScopeId, ScopeOption } from "./scope.ts";
import type { Target } from "./write.ts";

export function ScopeField({
  options,
  value,
  onChange,
}: {
  options: ScopeOption[];
  value: ScopeId;
  onChange: (value: ScopeId) => void;
}) {
  return (
    <FormField label="Items">
      <RadioGroup
        ariaLabel="Items"
        value={value}
        items={options}
        onChange={({ detail }) => onChange(detail.value as ScopeId)}
      />
    </FormField>
  );
}

const EXISTING = "Where there is an item with the same key";

export function ExistingField({
  value,
  onChange,
}: {
  value: Target["existing"];
  onChange: (value: Target["existing"]) => void;
}) {
  return (
    <FormField label={EXISTING}>
      <RadioGroup
        ariaLabel={EXISTING}
        value={value}
        items={[
          { value: "replace", label: "Put the new one in its place" },
          { value: "keep", label: "Leave it as it is" },
        ]}
        onChange={({ detail }) => onChange(detail.value as Target["existing"])}
      />
    </FormField>
  );
}
