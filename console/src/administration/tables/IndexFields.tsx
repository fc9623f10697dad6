import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { UnitsFields } from "../UnitsFields.tsx";
import shared from "../administration.module.css";
import { KEY_ATTRIBUTES_MAX, type Faults, type IndexDraft, type Projection } from "./draft.ts";
import { KeyFields } from "./KeyFields.tsx";
import styles from "./tables.module.css";

const projections: { value: Projection; label: string; description: string }[] = [
  { value: "ALL", label: "All attributes", description: "Queries find everything in the index" },
  { value: "KEYS_ONLY", label: "Keys only", description: "The smallest index" },
  { value: "INCLUDE", label: "Some attributes", description: "Keys, and those that are named" },
];

/** The fields of an index that is to be made. `place` is where its faults are: "global 0". */
export function IndexFields({
  index,
  kind,
  isProvisioned,
  faults,
  place,
  onChange,
  onRemove,
}: {
  index: IndexDraft;
  kind: "local" | "global";
  isProvisioned: boolean;
  faults: Faults;
  place: string;
  onChange: (index: IndexDraft) => void;
  onRemove?: () => void;
}) {
  const title = index.name === "" ? `New ${kind} index` : index.name;
  const set = (change: Partial<IndexDraft>) => onChange({ ...index, ...change });
  const max = kind === "global" ? KEY_ATTRIBUTES_MAX : 1;
  return (
    <div className={styles["index"]} role="group" aria-label={title}>
      {onRemove && (
        <div className={styles["index-head"]}>
          <h4>{title}</h4>
          <Button variant="icon" iconName="remove" ariaLabel={`Remove ${title}`} onClick={onRemove} />
        </div>
      )}
      <FormField label="Index name" errorText={faults[`${place} name`]}>
        <Input value={index.name} spellcheck={false} onChange={({ detail }) => set({ name: detail.value })} />
      </FormField>
      <div className={shared["fields"]}>
        {kind === "global" && (
          <KeyFields
            label="Partition key"
            of={title}
            max={max}
            attributes={index.hash}
            fault={faults[`${place} hash`]}
            onChange={(hash) => set({ hash })}
          />
        )}
        <KeyFields
          label="Sort key"
          of={title}
          max={max}
          isOptional={kind === "global"}
          attributes={index.range}
          fault={faults[`${place} range`]}
          onChange={(range) => set({ range })}
        />
      </div>
      <div className={shared["fields"]}>
        <FormField label="Projection">
          <Select
            selectedOption={projections.find(({ value }) => value === index.projection) ?? null}
            options={projections}
            onChange={({ detail }) => set({ projection: detail.selectedOption.value as Projection })}
          />
        </FormField>
        {index.projection === "INCLUDE" && (
          <FormField label="Attributes" constraintText="With commas between." errorText={faults[`${place} included`]}>
            <Input
              value={index.included}
              spellcheck={false}
              onChange={({ detail }) => set({ included: detail.value })}
            />
          </FormField>
        )}
      </div>
      {kind === "global" && isProvisioned && (
        <UnitsFields
          units={index.units}
          faults={faults}
          place={place}
          of={title}
          onChange={(units) => set({ units })}
        />
      )}
    </div>
  );
}
