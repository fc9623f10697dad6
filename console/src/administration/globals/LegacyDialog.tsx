// One global table of version 2017.11.29: its replicas with their settings, which can be changed for all or one.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { send } from "../../api.ts";
import { useConfirm } from "../../app/confirm.tsx";
import { placeKey, usePlace } from "../../app/place.tsx";
import { Choice } from "../../components/Choice.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { count } from "../amounts.ts";
import { ListTable, type Column } from "../ListTable.tsx";
import { RegionField } from "../RegionField.tsx";
import { Status } from "../Status.tsx";
import { TextButton } from "../TextButton.tsx";
import { useChange } from "../useChange.ts";
import { legacyRequest, type LegacyDraft } from "./replica.ts";

interface ReplicaSettings {
  RegionName: string;
  ReplicaStatus?: string;
  ReplicaBillingModeSummary?: { BillingMode?: string };
  ReplicaProvisionedReadCapacityUnits?: number;
  ReplicaProvisionedWriteCapacityUnits?: number;
}

export function LegacyDialog({
  name,
  onClose,
  onChanged,
}: {
  name: string;
  onClose: () => void;
  onChanged: () => void;
}) {
  const { place } = usePlace();
  const confirm = useConfirm();
  const { change, isBusy } = useChange();
  const [added, setAdded] = useState("");
  const { value, error, reload } = useLoad(`${placeKey(place)} ${name} legacy settings`, async (signal) => {
    const reply = await send(place, "DescribeGlobalTableSettings", { GlobalTableName: name }, { signal });
    return (reply["ReplicaSettings"] ?? []) as ReplicaSettings[];
  });
  const update = async (updates: object, said: string) => {
    const request = { GlobalTableName: name, ReplicaUpdates: [updates] };
    if ((await change("UpdateGlobalTable", request, { said })) === undefined) return;
    reload();
    onChanged();
  };
  const remove = async (region: string) => {
    const isSure = await confirm({
      title: `Take ${region} out of ${name}?`,
      body: "Its table stays, as a table of its own.",
      action: "Take out",
    });
    if (isSure) await update({ Delete: { RegionName: region } }, `${region} is taken out.`);
  };
  const columns: Column<ReplicaSettings>[] = [
    { id: "region", header: "Region", cell: ({ RegionName }) => RegionName, minWidth: 120 },
    { id: "status", header: "Status", cell: ({ ReplicaStatus }) => <Status value={ReplicaStatus} />, minWidth: 135 },
    {
      id: "billing",
      header: "Capacity",
      minWidth: 150,
      cell: (replica) =>
        replica.ReplicaBillingModeSummary?.BillingMode === "PAY_PER_REQUEST"
          ? "On demand"
          : `${count(replica.ReplicaProvisionedReadCapacityUnits)} read, ${count(replica.ReplicaProvisionedWriteCapacityUnits)} write units`,
    },
    {
      id: "actions",
      header: "Actions",
      minWidth: 100,
      cell: ({ RegionName }) => (
        <TextButton disabled={isBusy} ariaLabel={`Take out ${RegionName}`} onClick={() => void remove(RegionName)}>
          Take out
        </TextButton>
      ),
    },
  ];
  return (
    <Modal
      visible
      size="large"
      header={name}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="link" onClick={onClose}>
            Close
          </Button>
        </Box>
      }
    >
      {error !== undefined ? (
        <ErrorBox error={error} again={reload} />
      ) : (
        <SpaceBetween size="l">
          <ListTable
            title="Replicas"
            items={value}
            columns={columns}
            trackBy={({ RegionName }) => RegionName}
            isLoading={value === undefined}
            empty={<p>There are none.</p>}
          />
          <div className={styles["filters"]}>
            <RegionField label="Region to add" value={added} onChange={setAdded} />
            <Button
              loading={isBusy}
              disabled={added === ""}
              onClick={() => {
                void update({ Create: { RegionName: added } }, `${added} is added.`);
                setAdded("");
              }}
            >
              Add replica
            </Button>
          </div>
          {value !== undefined && (
            <Settings key={JSON.stringify(value)} name={name} replicas={value} onChanged={reload} />
          )}
        </SpaceBetween>
      )}
    </Modal>
  );
}

function Settings({ name, replicas, onChanged }: { name: string; replicas: ReplicaSettings[]; onChanged: () => void }) {
  const [draft, setDraft] = useState<LegacyDraft>({ billing: "", writeUnits: "", readUnits: {} });
  const { change, isBusy } = useChange();
  const request = legacyRequest(name, draft);
  const isWrong = [draft.writeUnits, ...Object.values(draft.readUnits)].some(
    (units) => units !== "" && !/^[1-9]\d{0,11}$/.test(units),
  );
  const save = async () => {
    const options = { said: "The settings are changed." };
    if ((await change("UpdateGlobalTableSettings", request, options)) !== undefined) onChanged();
  };
  return (
    <SpaceBetween size="m">
      <FormField label="Capacity of all">
        <Choice
          label="Capacity of all"
          value={draft.billing === "" ? "same" : draft.billing}
          options={[
            { id: "same", text: "As it is" },
            { id: "PAY_PER_REQUEST", text: "On demand" },
            { id: "PROVISIONED", text: "Provisioned" },
          ]}
          onChange={(billing) => setDraft({ ...draft, billing: billing === "same" ? "" : billing })}
        />
      </FormField>
      <div className={styles["fields"]}>
        <FormField label="Write units of all">
          <Input
            value={draft.writeUnits}
            inputMode="numeric"
            placeholder="As they are"
            onChange={({ detail }) => setDraft({ ...draft, writeUnits: detail.value.trim() })}
          />
        </FormField>
        {replicas.map(({ RegionName }) => (
          <FormField key={RegionName} label={`Read units in ${RegionName}`}>
            <Input
              value={draft.readUnits[RegionName] ?? ""}
              inputMode="numeric"
              placeholder="As they are"
              onChange={({ detail }) =>
                setDraft({ ...draft, readUnits: { ...draft.readUnits, [RegionName]: detail.value.trim() } })
              }
            />
          </FormField>
        ))}
      </div>
      <Button loading={isBusy} disabled={isWrong || Object.keys(request).length === 1} onClick={() => void save()}>
        Save settings
      </Button>
    </SpaceBetween>
  );
}
