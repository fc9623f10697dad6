import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef } from "react";
import { Choice } from "../../components/Choice.tsx";
import styles from "../administration.module.css";
import { TagFields } from "../TagsEditor.tsx";
import { UnitsFields } from "../UnitsFields.tsx";
import {
  emptyIndex,
  GLOBAL_MAX,
  LOCAL_MAX,
  type Faults,
  type IndexDraft,
  type StreamView,
  type TableDraft,
} from "./draft.ts";
import { IndexFields } from "./IndexFields.tsx";
import { KeyFields } from "./KeyFields.tsx";
import { streamViews } from "./streamViews.ts";

interface Fields {
  draft: TableDraft;
  faults: Faults;
  set: (change: Partial<TableDraft>) => void;
}

/** All fields of a table that is to be made. */
export function CreateTableFields({
  draft,
  faults,
  onChange,
}: {
  draft: TableDraft;
  faults: Faults;
  onChange: (draft: TableDraft) => void;
}) {
  const fields: Fields = { draft, faults, set: (change) => onChange({ ...draft, ...change }) };
  return (
    <>
      <Table {...fields} />
      <Indexes {...fields} kind="global" />
      <Indexes {...fields} kind="local" />
      <Capacity {...fields} />
      <Settings {...fields} />
    </>
  );
}

function Table({ draft, faults, set }: Fields) {
  return (
    <Container header={<Header variant="h2">Table</Header>}>
      <SpaceBetween size="m">
        <FormField label="Table name" constraintText="3 to 255 letters, digits, and _ - ." errorText={faults["name"]}>
          <Input
            value={draft.name}
            autoFocus
            spellcheck={false}
            onChange={({ detail }) => set({ name: detail.value.trim() })}
          />
        </FormField>
        <div className={styles["fields"]}>
          <KeyFields
            label="Partition key"
            attributes={[draft.hash]}
            fault={faults["hash"] ?? faults["types"]}
            onChange={([hash = draft.hash]) => set({ hash })}
          />
          <KeyFields
            label="Sort key"
            isOptional
            attributes={[draft.range]}
            fault={faults["range"]}
            onChange={([range = draft.range]) => set({ range })}
          />
        </div>
      </SpaceBetween>
    </Container>
  );
}

function Indexes({ draft, faults, set, kind }: Fields & { kind: "local" | "global" }) {
  const next = useRef(1);
  const indexes = draft[kind];
  const put = (list: IndexDraft[]) => set({ [kind]: list });
  const max = kind === "local" ? LOCAL_MAX : GLOBAL_MAX;
  return (
    <Container
      header={
        <Header
          variant="h2"
          {...(indexes.length > 0 && { counter: `(${indexes.length}/${max})` })}
          description={
            kind === "global"
              ? "Find items by other keys. Can be added later as well."
              : "Another order within a partition key. Can be made with the table only."
          }
          actions={
            <Button
              iconName="add-plus"
              disabled={indexes.length >= max}
              onClick={() => put([...indexes, emptyIndex(next.current++)])}
            >
              {kind === "global" ? "Add global index" : "Add local index"}
            </Button>
          }
        >
          {kind === "global" ? "Global indexes" : "Local indexes"}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {indexes.length === 0 && <span className={styles["muted"]}>None.</span>}
        {kind === "local" && faults["local"] !== undefined && <span role="alert">{faults["local"]}</span>}
        {indexes.map((index, at) => (
          <IndexFields
            key={index.id}
            index={index}
            kind={kind}
            isProvisioned={draft.billing === "PROVISIONED"}
            faults={faults}
            place={`${kind} ${at}`}
            onChange={(changed) => put(indexes.map((one) => (one.id === index.id ? changed : one)))}
            onRemove={() => put(indexes.filter((one) => one.id !== index.id))}
          />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function Capacity({ draft, faults, set }: Fields) {
  const isProvisioned = draft.billing === "PROVISIONED";
  return (
    <Container header={<Header variant="h2">Capacity</Header>}>
      <SpaceBetween size="m">
        <Choice
          label="Capacity mode"
          value={draft.billing}
          options={[
            { id: "PAY_PER_REQUEST", text: "On demand" },
            { id: "PROVISIONED", text: "Provisioned" },
          ]}
          onChange={(billing) => set({ billing })}
        />
        {isProvisioned ? (
          <UnitsFields units={draft.units} faults={faults} place="units" onChange={(units) => set({ units })} />
        ) : (
          <UnitsFields
            units={draft.limits}
            faults={faults}
            place="limits"
            labels={["At most, read units each second", "At most, write units each second"]}
            placeholder="No limit"
            onChange={(limits) => set({ limits })}
          />
        )}
        <FormField label="Table class">
          <Choice
            label="Table class"
            value={draft.tableClass}
            options={[
              { id: "STANDARD", text: "Standard" },
              { id: "STANDARD_INFREQUENT_ACCESS", text: "Infrequent access" },
            ]}
            onChange={(tableClass) => set({ tableClass })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

const noStream = { value: "", label: "No stream" };

function Settings({ draft, faults, set }: Fields) {
  const streams = [noStream, ...streamViews];
  const tagFaults = draft.tags.map((_, at) => faults[`tag ${at}`]);
  return (
    <Container header={<Header variant="h2">Settings</Header>}>
      <SpaceBetween size="m">
        <div className={styles["fields"]}>
          <FormField label="Stream of changes">
            <Select
              selectedOption={streams.find(({ value }) => value === draft.stream) ?? null}
              options={streams}
              onChange={({ detail }) => set({ stream: detail.selectedOption.value as StreamView | "" })}
            />
          </FormField>
          <FormField label="Time to live attribute – optional">
            <Input
              value={draft.expiry}
              placeholder="expires"
              spellcheck={false}
              onChange={({ detail }) => set({ expiry: detail.value.trim() })}
            />
          </FormField>
        </div>
        <Checkbox checked={draft.isProtected} onChange={({ detail }) => set({ isProtected: detail.checked })}>
          Protect the table against deletion
        </Checkbox>
        <Checkbox
          checked={draft.encryption === "KMS"}
          onChange={({ detail }) => set({ encryption: detail.checked ? "KMS" : "" })}
        >
          Encrypt with a KMS key
        </Checkbox>
        <ExpandableSection
          headerText={draft.tags.length === 0 ? "Tags" : `Tags (${draft.tags.length})`}
          defaultExpanded={draft.tags.length > 0}
        >
          <SpaceBetween size="s">
            <TagFields
              tags={draft.tags.map(({ key, value }) => ({ Key: key, Value: value }))}
              faults={tagFaults}
              onChange={(tags) => set({ tags: tags.map(({ Key, Value }) => ({ key: Key, value: Value })) })}
            />
            <Button
              iconName="add-plus"
              disabled={draft.tags.length >= 50}
              onClick={() => set({ tags: [...draft.tags, { key: "", value: "" }] })}
            >
              Add a tag
            </Button>
          </SpaceBetween>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}
