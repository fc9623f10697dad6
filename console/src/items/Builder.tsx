// The form of a Query or Scan.

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { Choice } from "../components/Choice.tsx";
import styles from "./items.module.css";
import {
  ATTRIBUTE_TYPES,
  emptyCondition,
  FILTER_OPERATORS,
  SORT_OPERATORS,
  takesType,
  takesValue,
  type Condition,
  type Draft,
  type Group,
  type Join,
  type Keys,
  type ScalarType,
} from "./request.ts";
import { TYPES } from "./values.ts";

const SCALARS: ScalarType[] = ["S", "N", "B", "BOOL", "NULL"];
const JOINS: { id: Join; text: string }[] = [
  { id: "AND", text: "and" },
  { id: "OR", text: "or" },
];

export interface BuilderProps {
  draft: Draft;
  keys: Keys;
  indexes: { name: string; isGlobal: boolean }[];
  /** Paths to offer for filters. */
  paths: string[];
  onChange: (draft: Draft) => void;
  onRun: () => void;
}

export function Builder({ draft, keys, indexes, paths, onChange, onRun }: BuilderProps) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const isGlobal = indexes.some(({ name, isGlobal: is }) => is && name === draft.index);
  return (
    <form
      className={styles["builder"]}
      aria-label="Request"
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <div className={styles["line"]}>
        <Choice
          label="Kind of request"
          options={[
            { id: "Scan", text: "Scan", title: "Goes through all items" },
            { id: "Query", text: "Query", title: "The items of one partition" },
          ]}
          value={draft.kind}
          onChange={(kind) => set({ kind })}
        />
        <div className={styles["medium"]}>
          <Pick
            label="Table or index"
            value={draft.index ?? ""}
            options={[
              { value: "", label: "The table itself" },
              ...indexes.map(({ name, isGlobal: is }) => ({
                value: name,
                label: name,
                description: is ? "Global index" : "Local index",
              })),
            ]}
            onChange={(index) => {
              const isNowGlobal = indexes.some((each) => each.isGlobal && each.name === index);
              set({ index: index === "" ? null : index, ...(isNowGlobal && { isConsistent: false }) });
            }}
          />
        </div>
        {draft.kind === "Query" && <KeyFields draft={draft} keys={keys} set={set} />}
      </div>
      {draft.groups.map((group, at) => (
        <GroupFields
          // The groups have no identity but their place.
          key={at}
          group={group}
          number={at + 1}
          paths={paths}
          onChange={(changed) =>
            set({
              groups: draft.groups
                .map((each, index) => (index === at ? changed : each))
                .filter(({ conditions }) => conditions.length > 0),
            })
          }
        />
      ))}
      <div className={styles["line"]}>
        <Button
          formAction="none"
          iconName="add-plus"
          onClick={() => set({ groups: [...draft.groups, { join: "AND", conditions: [emptyCondition] }] })}
        >
          {draft.groups.length === 0 ? "Add filter" : "Add group"}
        </Button>
        {draft.groups.length > 1 && (
          <Choice label="Between the groups" options={JOINS} value={draft.join} onChange={(join) => set({ join })} />
        )}
        <Options draft={draft} isGlobal={isGlobal} set={set} />
        <div className={styles["end"]}>
          <Button variant="primary" formAction="submit">
            Run
          </Button>
        </div>
      </div>
    </form>
  );
}

function Options({ draft, isGlobal, set }: { draft: Draft; isGlobal: boolean; set: (change: Partial<Draft>) => void }) {
  return (
    <>
      <div className={`${styles["field"]} ${styles["narrow"]}`}>
        <span>Page size</span>
        <Input
          ariaLabel="Page size"
          inputMode="numeric"
          placeholder="Up to 1 MB"
          value={draft.limit}
          onChange={({ detail }) => set({ limit: detail.value.trim() })}
        />
      </div>
      <div className={`${styles["field"]} ${styles["medium"]}`}>
        <span>Only these attributes</span>
        <Textarea
          ariaLabel="Only these attributes, one per line"
          rows={1}
          placeholder="All; one per line"
          value={draft.projection}
          onChange={({ detail }) => set({ projection: detail.value })}
        />
      </div>
      <Checkbox
        checked={draft.isConsistent}
        disabled={isGlobal}
        onChange={({ detail }) => set({ isConsistent: detail.checked })}
      >
        Consistent read
      </Checkbox>
      {draft.kind === "Query" && (
        <Checkbox checked={draft.isDescending} onChange={({ detail }) => set({ isDescending: detail.checked })}>
          Descending
        </Checkbox>
      )}
    </>
  );
}

function KeyFields({ draft, keys, set }: { draft: Draft; keys: Keys; set: (change: Partial<Draft>) => void }) {
  const { partition, sort } = keys;
  const setSort = (change: Partial<Draft["sort"]>) => set({ sort: { ...draft.sort, ...change } });
  return (
    <>
      <div className={`${styles["field"]} ${styles["medium"]}`}>
        <span>
          {partition.name} ({TYPES[partition.type]})
        </span>
        <Input
          ariaLabel={`Partition key ${partition.name}`}
          value={draft.partition}
          onChange={({ detail }) => set({ partition: detail.value })}
        />
      </div>
      {sort !== null && (
        <>
          <div className={`${styles["field"]} ${styles["narrow"]}`}>
            <span>
              {sort.name} ({TYPES[sort.type]})
            </span>
            <Pick
              label={`Comparison of ${sort.name}`}
              value={draft.sort.operator}
              options={SORT_OPERATORS.filter((each) => each !== "begins_with" || sort.type !== "N").map((value) => ({
                value,
              }))}
              onChange={(operator) => setSort({ operator: operator as Draft["sort"]["operator"] })}
            />
          </div>
          <div className={styles["narrow"]}>
            <Input
              ariaLabel={`Sort key ${sort.name}`}
              placeholder="Any"
              value={draft.sort.value}
              onChange={({ detail }) => setSort({ value: detail.value })}
            />
          </div>
          {draft.sort.operator === "between" && (
            <div className={styles["narrow"]}>
              <Input
                ariaLabel={`Upper end of ${sort.name}`}
                placeholder="and"
                value={draft.sort.upper}
                onChange={({ detail }) => setSort({ upper: detail.value })}
              />
            </div>
          )}
        </>
      )}
    </>
  );
}

function GroupFields({
  group,
  number,
  paths,
  onChange,
}: {
  group: Group;
  number: number;
  paths: string[];
  onChange: (group: Group) => void;
}) {
  const { conditions, join } = group;
  return (
    <fieldset className={styles["group"]} aria-label={`Filter group ${number}`}>
      <datalist id={`items-paths-${number}`}>
        {paths.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      {conditions.map((condition, at) => (
        <ConditionFields
          key={at}
          condition={condition}
          label={`${number}.${at + 1}`}
          list={`items-paths-${number}`}
          onChange={(changed) =>
            onChange({ ...group, conditions: conditions.map((each, index) => (index === at ? changed : each)) })
          }
          onRemove={() => onChange({ ...group, conditions: conditions.filter((_, index) => index !== at) })}
        />
      ))}
      <div className={styles["condition"]}>
        <Button
          variant="inline-link"
          formAction="none"
          onClick={() => onChange({ ...group, conditions: [...conditions, emptyCondition] })}
        >
          Add condition
        </Button>
        {conditions.length > 1 && (
          <Choice
            label={`Between the conditions of group ${number}`}
            options={JOINS}
            value={join}
            onChange={(next) => onChange({ ...group, join: next })}
          />
        )}
      </div>
    </fieldset>
  );
}

function ConditionFields({
  condition,
  label,
  list,
  onChange,
  onRemove,
}: {
  condition: Condition;
  label: string;
  list: string;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}) {
  const set = (change: Partial<Condition>) => onChange({ ...condition, ...change });
  const { path, operator, type, value, upper } = condition;
  const isOfType = operator === "attribute_type";
  return (
    <div className={styles["condition"]}>
      <div className={styles["medium"]}>
        <Input
          ariaLabel={`Attribute of condition ${label}`}
          placeholder="Attribute, such as a.b[0]"
          value={path}
          nativeInputAttributes={{ list }}
          onChange={({ detail }) => set({ path: detail.value })}
        />
      </div>
      <div className={styles["narrow"]}>
        <Pick
          label={`Operator of condition ${label}`}
          value={operator}
          options={FILTER_OPERATORS.map((each) => ({ value: each }))}
          onChange={(next) => {
            const isNowOfType = next === "attribute_type";
            set({
              operator: next as Condition["operator"],
              ...(isNowOfType !== isOfType && { value: isNowOfType ? "S" : "" }),
            });
          }}
        />
      </div>
      {takesType(operator) && (
        <div className={styles["narrow"]}>
          <Pick
            label={`Type of condition ${label}`}
            value={type}
            options={SCALARS.map((each) => ({ value: each, label: TYPES[each] }))}
            onChange={(next) => set({ type: next as ScalarType })}
          />
        </div>
      )}
      {isOfType && (
        <div className={styles["narrow"]}>
          <Pick
            label={`Value of condition ${label}`}
            value={value}
            options={ATTRIBUTE_TYPES.map((each) => ({ value: each, label: TYPES[each] }))}
            onChange={(next) => set({ value: next })}
          />
        </div>
      )}
      {takesValue(operator) && !isOfType && !(type === "NULL" && takesType(operator)) && (
        <div className={styles["medium"]}>
          <Input
            ariaLabel={`Value of condition ${label}`}
            placeholder={operator === "in" ? "One, two, three" : "Value"}
            value={value}
            onChange={({ detail }) => set({ value: detail.value })}
          />
        </div>
      )}
      {operator === "between" && (
        <div className={styles["narrow"]}>
          <Input
            ariaLabel={`Upper end of condition ${label}`}
            placeholder="and"
            value={upper}
            onChange={({ detail }) => set({ upper: detail.value })}
          />
        </div>
      )}
      <Button
        variant="icon"
        iconName="close"
        formAction="none"
        ariaLabel={`Remove condition ${label}`}
        onClick={onRemove}
      />
    </div>
  );
}

export function Pick({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: { value: string; label?: string; description?: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <Select
      ariaLabel={label}
      selectedOption={options.find((option) => option.value === value) ?? { value }}
      options={options}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}
