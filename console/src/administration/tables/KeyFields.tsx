// Attributes of a key with their types; of a global index up to four for each part.

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { TextButton } from "../TextButton.tsx";
import styles from "./tables.module.css";
import { KEY_ATTRIBUTES_MAX, type KeyAttribute, type KeyType } from "./draft.ts";

const types: { value: KeyType; label: string }[] = [
  { value: "S", label: "String" },
  { value: "N", label: "Number" },
  { value: "B", label: "Binary" },
];

export function KeyFields({
  label,
  isOptional = false,
  attributes,
  max = 1,
  fault,
  of,
  onChange,
}: {
  label: string;
  isOptional?: boolean;
  attributes: KeyAttribute[];
  max?: number;
  fault?: string | undefined;
  /** Whose key: "by-status". */
  of?: string;
  onChange: (attributes: KeyAttribute[]) => void;
}) {
  const name = of === undefined || of === "" ? label : `${label} of ${of}`;
  const change = (at: number, part: Partial<KeyAttribute>) =>
    onChange(attributes.map((attribute, place) => (place === at ? { ...attribute, ...part } : attribute)));
  return (
    <FormField label={isOptional ? `${label} – optional` : label} errorText={fault}>
      <div className={styles["key"]}>
        {attributes.map((attribute, at) => (
          // A position is what an attribute of a key is known by.
          <div key={at} className={styles["attribute"]}>
            <Input
              value={attribute.name}
              ariaLabel={at === 0 ? name : `${name}, attribute ${at + 1}`}
              spellcheck={false}
              onChange={({ detail }) => change(at, { name: detail.value })}
            />
            <Select
              ariaLabel={`Type of ${attribute.name === "" ? name.toLowerCase() : attribute.name}`}
              selectedOption={types.find(({ value }) => value === attribute.type) ?? null}
              options={types}
              onChange={({ detail }) => change(at, { type: detail.selectedOption.value as KeyType })}
            />
            {max > 1 && attributes.length > 1 && (
              <Button
                variant="icon"
                iconName="remove"
                ariaLabel={`Remove attribute ${at + 1} of the ${name.toLowerCase()}`}
                onClick={() => onChange(attributes.filter((_, place) => place !== at))}
              />
            )}
          </div>
        ))}
        {max > 1 && attributes.length < Math.min(max, KEY_ATTRIBUTES_MAX) && attributes.at(-1)?.name !== "" && (
          <TextButton iconName="add-plus" onClick={() => onChange([...attributes, { name: "", type: "S" }])}>
            Add an attribute
          </TextButton>
        )}
      </div>
    </FormField>
  );
}
