// An item as a form: name, type and value of each attribute.

import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { emptyField, retyped, type Field } from "./fields.ts";
import styles from "./items.module.css";
import { TYPES, type Type } from "./values.ts";

const ROWS_MAX = 12;
const typeOptions = Object.entries(TYPES).map(([value, label]) => ({ value, label }));
const KEY_TYPES: Type[] = ["S", "N", "B"];

export function ItemForm({
  fields,
  isNew,
  onChange,
}: {
  fields: Field[];
  /** Only a new item's key can be chosen. */
  isNew: boolean;
  onChange: (fields: Field[]) => void;
}) {
  const set = (field: Field) => onChange(fields.map((each) => (each.id === field.id ? field : each)));
  return (
    <div className={styles["fields"]} role="group" aria-label="Attributes">
      {fields.map((field) => {
        const { isKey } = field;
        const label = field.name === "" ? "the new attribute" : field.name;
        const isFixed = isKey && !isNew;
        return (
          <div key={field.id} className={styles["form"]}>
            <Input
              ariaLabel={`Name of ${label}`}
              placeholder="Attribute"
              value={field.name}
              readOnly={isKey}
              spellcheck={false}
              onChange={({ detail }) => set({ ...field, name: detail.value })}
            />
            <Select
              ariaLabel={`Type of ${label}`}
              selectedOption={{ value: field.type, label: TYPES[field.type] }}
              options={isKey ? typeOptions.filter(({ value }) => KEY_TYPES.includes(value as Type)) : typeOptions}
              disabled={isFixed}
              onChange={({ detail }) => set(retyped(field, detail.selectedOption.value as Type))}
            />
            <FieldValue field={field} label={`Value of ${label}`} isFixed={isFixed} onChange={set} />
            <Button
              variant="icon"
              iconName="remove"
              formAction="none"
              ariaLabel={`Remove ${label}`}
              disabled={isKey}
              onClick={() => onChange(fields.filter(({ id }) => id !== field.id))}
            />
          </div>
        );
      })}
      <div>
        <Button iconName="add-plus" formAction="none" onClick={() => onChange([...fields, emptyField()])}>
          Add attribute
        </Button>
      </div>
    </div>
  );
}

function FieldValue({
  field,
  label,
  isFixed,
  onChange,
}: {
  field: Field;
  label: string;
  isFixed: boolean;
  onChange: (field: Field) => void;
}) {
  const { type, text } = field;
  const set = (next: string) => onChange({ ...field, text: next });
  switch (type) {
    case "NULL":
      return <span className={styles["faint"]}>null</span>;
    case "BOOL":
      return (
        <Select
          ariaLabel={label}
          selectedOption={{ value: text, label: text }}
          options={[
            { value: "true", label: "true" },
            { value: "false", label: "false" },
          ]}
          onChange={({ detail }) => set(detail.selectedOption.value ?? "true")}
        />
      );
    case "N":
    case "B":
      return (
        <Input
          ariaLabel={label}
          value={text}
          readOnly={isFixed}
          spellcheck={false}
          inputMode={type === "N" ? "decimal" : "text"}
          placeholder={type === "B" ? "Base64" : "0"}
          onChange={({ detail }) => set(detail.value)}
        />
      );
    default:
      return (
        <Textarea
          ariaLabel={label}
          value={text}
          readOnly={isFixed}
          spellcheck={false}
          rows={Math.min(text.split("\n").length, ROWS_MAX)}
          onChange={({ detail }) => set(detail.value)}
        />
      );
  }
}
