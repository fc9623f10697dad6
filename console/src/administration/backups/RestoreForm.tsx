// What is restored to when, under which name, and what is to be different in the new table.

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useGo } from "../../app/navigate.ts";
import { Choice } from "../../components/Choice.tsx";
import { CodeEditor } from "../../components/editor/index.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useTableNames } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { UnitsFields } from "../UnitsFields.tsx";
import { useChange } from "../useChange.ts";
import type { Span } from "./moment.ts";
import {
  emptyRestore,
  restoreFaults,
  restoreRequest,
  suggestedName,
  type RestoreDraft,
  type Source,
  type SourceIndex,
} from "./restore.ts";
import { TimePicker } from "./TimePicker.tsx";

interface Indexes {
  global: readonly SourceIndex[];
  local: readonly SourceIndex[];
}

export function RestoreForm({ source, whole, indexes }: { source: Source; whole?: Span; indexes: Indexes }) {
  const names = useTableNames();
  const taken = names.value ?? [];
  const [draft, setDraft] = useState<RestoreDraft>(() => emptyRestore(""));
  const [typed, setTyped] = useState<string | null>(null);
  const [hasTimeFault, setHasTimeFault] = useState(false);
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy, error } = useChange();
  const go = useGo();
  const wanted = { ...draft, target: typed ?? suggestedName(source.table, taken) };
  const found = restoreFaults(wanted, taken);
  const faults = wasTried ? found : {};
  const { command, request } = restoreRequest(source, wanted, indexes);
  const text = JSON.stringify(request, null, 2);
  const restore = async () => {
    setWasTried(true);
    if (hasTimeFault || Object.keys(found).length > 0) return;
    const options = { said: `${wanted.target} is being restored.`, inPlace: true };
    if ((await change(command, request, options)) !== undefined) go(`/tables/${encodeURIComponent(wanted.target)}`);
  };
  const set = (part: Partial<RestoreDraft>) => setDraft((now) => ({ ...now, ...part }));
  return (
    <div className={styles["stack"]}>
      {error !== null && <ErrorBox error={error} />}
      {whole !== undefined && (
        <Container header={<Header variant="h2">Time</Header>}>
          <TimePicker whole={whole} value={draft.time} onChange={(time) => set({ time })} onFault={setHasTimeFault} />
        </Container>
      )}
      <Container header={<Header variant="h2">New table</Header>}>
        <SpaceBetween size="m">
          <FormField label="Name of the new table" errorText={faults["target"]}>
            <Input value={wanted.target} spellcheck={false} onChange={({ detail }) => setTyped(detail.value.trim())} />
          </FormField>
          <ExpandableSection headerText="What is to be different">
            <Overrides draft={draft} indexes={indexes} faults={faults} set={set} />
          </ExpandableSection>
          <ExpandableSection headerText="Request">
            <SpaceBetween size="s">
              <CodeEditor label="Request" value={text} isReadOnly language="json" maxHeight="320px" />
              <Button onClick={() => go("/queries", { command, text })}>Open in query editor</Button>
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
      </Container>
      <div className={styles["end"]}>
        <Button variant="link" onClick={() => go("/backups")}>
          Cancel
        </Button>
        <Button variant="primary" loading={isBusy} onClick={() => void restore()}>
          Restore
        </Button>
      </div>
    </div>
  );
}

function Overrides({
  draft,
  indexes,
  faults,
  set,
}: {
  draft: RestoreDraft;
  indexes: Indexes;
  faults: Record<string, string>;
  set: (part: Partial<RestoreDraft>) => void;
}) {
  const all = [...indexes.global, ...indexes.local].map(({ IndexName }) => IndexName);
  const without = draft.withoutIndexes;
  return (
    <SpaceBetween size="m">
      <FormField label="Capacity">
        <Choice
          label="Capacity"
          value={draft.billing === "" ? "same" : draft.billing}
          options={[
            { id: "same", text: "As it was" },
            { id: "PAY_PER_REQUEST", text: "On demand" },
            { id: "PROVISIONED", text: "Provisioned" },
          ]}
          onChange={(billing) => set({ billing: billing === "same" ? "" : billing })}
        />
      </FormField>
      {draft.billing === "PROVISIONED" && (
        <UnitsFields units={draft.units} faults={faults} place="units" onChange={(units) => set({ units })} />
      )}
      <FormField label="Encryption">
        <Choice
          label="Encryption"
          value={draft.encryption === "" ? "same" : draft.encryption}
          options={[
            { id: "same", text: "As it was" },
            { id: "OWNED", text: "Owned by the service" },
            { id: "KMS", text: "KMS key" },
          ]}
          onChange={(encryption) => set({ encryption: encryption === "same" ? "" : encryption })}
        />
      </FormField>
      {all.length > 0 && (
        <FormField label="Indexes">
          <SpaceBetween size="xs">
            {all.map((name) => (
              <Checkbox
                key={name}
                checked={!without.includes(name)}
                onChange={({ detail }) =>
                  set({
                    withoutIndexes: detail.checked ? without.filter((one) => one !== name) : [...without, name],
                  })
                }
              >
                {name}
              </Checkbox>
            ))}
          </SpaceBetween>
        </FormField>
      )}
    </SpaceBetween>
  );
}
