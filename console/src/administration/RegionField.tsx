import Autosuggest from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import { regions } from "../app/regions.ts";

/** A Region: one of Amazon's, or any other that is typed. */
export function RegionField({
  label,
  value,
  fault,
  onChange,
}: {
  label: string;
  value: string;
  fault?: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <FormField label={label} errorText={fault}>
      <Autosuggest
        value={value}
        options={regions.map(([name, description]) => ({ value: name, description }))}
        enteredTextLabel={(text) => `Use “${text}”`}
        onChange={({ detail }) => onChange(detail.value.trim())}
      />
    </FormField>
  );
}
