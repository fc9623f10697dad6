// The replicas of a table in other Regions (global tables of version 2019.11.21).

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { placeKey, usePlace } from "../../app/place.tsx";
import { Choice } from "../../components/Choice.tsx";
import type { TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { count } from "../amounts.ts";
import { FormDialog } from "../FormDialog.tsx";
import { ListTable, type Column } from "../ListTable.tsx";
import { RegionField } from "../RegionField.tsx";
import { Status } from "../Status.tsx";
import { isOnDemand } from "../tables/keys.tsx";
import { TextButton } from "../TextButton.tsx";
import { useChange } from "../useChange.ts";
import {
  emptyReplica,
  removalRequest,
  replicaDraft,
  replicaFaults,
  replicaRequest,
  type Replica,
  type ReplicaDraft,
} from "./replica.ts";

export function Replicas({ table }: { table: TableDescription }) {
  const { place, region, choose } = usePlace();
  const [edited, setEdited] = useState<Replica | "new" | null>(null);
  const confirm = useConfirm();
  const { change, isBusy } = useChange();
  const { TableName } = table;
  const others = (table.Replicas ?? []) as Replica[];
  const own: Replica = { RegionName: region, ReplicaStatus: table.TableStatus };
  const all = others.some(({ RegionName }) => RegionName === region) || others.length === 0 ? others : [own, ...others];
  const remove = async ({ RegionName }: Replica) => {
    const isSure = await confirm({
      title: `Remove the replica in ${RegionName}?`,
      body: `The table ${TableName} is deleted there, once it has told the other Regions what they lack. It stays in the others.`,
      action: "Remove replica",
      typed: RegionName,
    });
    if (isSure) {
      await change("UpdateTable", removalRequest(TableName, RegionName), {
        said: `The replica in ${RegionName} is being removed.`,
      });
    }
  };
  const columns: Column<Replica>[] = [
    {
      id: "region",
      header: "Region",
      minWidth: 140,
      cell: ({ RegionName }) => (RegionName === region ? `${RegionName} (this one)` : RegionName),
    },
    { id: "status", header: "Status", minWidth: 130, cell: (replica) => <ReplicaState replica={replica} /> },
    {
      id: "reads",
      header: "Reads",
      minWidth: 160,
      cell: ({ ProvisionedThroughputOverride: provisioned, OnDemandThroughputOverride: demand }) =>
        provisioned?.ReadCapacityUnits !== undefined
          ? `${count(provisioned.ReadCapacityUnits)} units`
          : demand?.MaxReadRequestUnits !== undefined
            ? `At most ${count(demand.MaxReadRequestUnits)} units`
            : "As in other Regions",
    },
    {
      id: "class",
      header: "Class",
      minWidth: 120,
      cell: ({ ReplicaTableClassSummary: summary }) =>
        summary?.TableClass === "STANDARD_INFREQUENT_ACCESS" ? "Infrequent access" : "Standard",
    },
    {
      id: "actions",
      header: "Actions",
      minWidth: 220,
      cell: (replica) =>
        replica.RegionName === region ? (
          "–"
        ) : (
          <div className={styles["row"]}>
            <TextButton
              ariaLabel={`Go there: ${replica.RegionName}`}
              onClick={() => choose({ ...place, region: replica.RegionName })}
            >
              Go there
            </TextButton>
            <TextButton ariaLabel={`Settings of ${replica.RegionName}`} onClick={() => setEdited(replica)}>
              Settings
            </TextButton>
            <TextButton
              disabled={isBusy || replica.ReplicaStatus === "DELETING"}
              ariaLabel={`Remove ${replica.RegionName}`}
              onClick={() => void remove(replica)}
            >
              Remove
            </TextButton>
          </div>
        ),
    },
  ];
  return (
    <>
      <ListTable
        title="Replicas"
        description="The same table in other Regions. Each is read and written by itself, and tells the others; of two writes of an item, the later one counts."
        actions={<Button onClick={() => setEdited("new")}>Add replica</Button>}
        items={all}
        columns={columns}
        trackBy={({ RegionName }) => RegionName}
        empty={
          <p>
            There are none in other Regions. Tables that were joined with version 2017.11.29 are under Global tables.
          </p>
        }
      />
      {edited !== null && (
        <ReplicaDialog
          key={placeKey(place)}
          table={table}
          edited={edited === "new" ? null : edited}
          taken={[region, ...others.map(({ RegionName }) => RegionName)]}
          onClose={() => setEdited(null)}
        />
      )}
    </>
  );
}

function ReplicaState({ replica }: { replica: Replica }) {
  return (
    <>
      <Status value={replica.ReplicaStatus ?? "ACTIVE"} />
      {replica.ReplicaStatusPercentProgress !== undefined && ` ${replica.ReplicaStatusPercentProgress} %`}
      {replica.ReplicaStatusDescription !== undefined && (
        <div className={`${styles["small"] ?? ""} ${styles["muted"] ?? ""}`}>{replica.ReplicaStatusDescription}</div>
      )}
    </>
  );
}

function ReplicaDialog({
  table,
  edited,
  taken,
  onClose,
}: {
  table: TableDescription;
  edited: Replica | null;
  taken: string[];
  onClose: () => void;
}) {
  const demand = isOnDemand(table);
  const [draft, setDraft] = useState<ReplicaDraft>(() =>
    edited === null ? emptyReplica : replicaDraft(edited, demand),
  );
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy, error } = useChange();
  const found = replicaFaults(draft, edited === null ? taken : []);
  const faults = wasTried ? found : {};
  const isSame = edited !== null && JSON.stringify(draft) === JSON.stringify(replicaDraft(edited, demand));
  const save = async () => {
    setWasTried(true);
    if (Object.keys(found).length > 0) return;
    const request = replicaRequest(table.TableName, edited === null ? "Create" : "Update", draft, demand);
    const said =
      edited === null ? `The replica in ${draft.region} is being made.` : `The replica in ${draft.region} is changed.`;
    if ((await change("UpdateTable", request, { said, inPlace: true })) !== undefined) onClose();
  };
  return (
    <FormDialog
      title={edited === null ? "Add replica" : `Replica in ${edited.RegionName}`}
      action={edited === null ? "Add replica" : "Save"}
      onClose={onClose}
      onSubmit={() => void save()}
      isBusy={isBusy}
      isDisabled={isSame}
      error={error}
    >
      {edited === null && (
        <RegionField
          label="Region"
          value={draft.region}
          fault={faults["region"]}
          onChange={(region) => setDraft({ ...draft, region })}
        />
      )}
      <FormField
        label={demand ? "At most, read units each second – optional" : "Read units – optional"}
        constraintText="Empty is as in the other Regions."
        errorText={faults["readUnits"]}
      >
        <Input
          value={draft.readUnits}
          inputMode="numeric"
          onChange={({ detail }) => setDraft({ ...draft, readUnits: detail.value.trim() })}
        />
      </FormField>
      <FormField label="Class">
        <Choice
          label="Class"
          value={draft.tableClass === "" ? "same" : draft.tableClass}
          options={[
            { id: "same", text: "As elsewhere" },
            { id: "STANDARD", text: "Standard" },
            { id: "STANDARD_INFREQUENT_ACCESS", text: "Infrequent access" },
          ]}
          onChange={(tableClass) => setDraft({ ...draft, tableClass: tableClass === "same" ? "" : tableClass })}
        />
      </FormField>
    </FormDialog>
  );
}
