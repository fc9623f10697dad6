// The indexes of a table. Global ones are made and deleted while the table is used.

import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import type { IndexDescription, TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { bytes, count } from "../amounts.ts";
import { FormDialog } from "../FormDialog.tsx";
import { ListTable, type Column } from "../ListTable.tsx";
import { Status } from "../Status.tsx";
import { TextButton } from "../TextButton.tsx";
import { useChange } from "../useChange.ts";
import { definitions, emptyIndex, globalIndex, indexFaults, unitsFaults, type IndexDraft } from "./draft.ts";
import { IndexFields } from "./IndexFields.tsx";
import { isOnDemand, Keys } from "./keys.tsx";

export function Indexes({ table }: { table: TableDescription }) {
  const [isCreating, setIsCreating] = useState(false);
  const confirm = useConfirm();
  const { change, isBusy } = useChange();
  const globals = table.GlobalSecondaryIndexes ?? [];
  const locals = table.LocalSecondaryIndexes ?? [];
  const remove = async ({ IndexName }: IndexDescription) => {
    const isSure = await confirm({
      title: `Delete the index ${IndexName}?`,
      body: "Queries that name it are refused from then on. The items of the table stay.",
      action: "Delete index",
      typed: IndexName,
    });
    if (!isSure) return;
    const request = { TableName: table.TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] };
    await change("UpdateTable", request, { said: `The index ${IndexName} is being deleted.` });
  };
  const shared = columnsOf(table);
  return (
    <div className={styles["stack"]}>
      <ListTable
        title="Global secondary indexes"
        description="Keys of their own, and read without strong consistency."
        actions={<Button onClick={() => setIsCreating(true)}>Create index</Button>}
        items={globals}
        columns={[
          ...shared,
          {
            id: "actions",
            header: "Actions",
            minWidth: 90,
            cell: (index) => (
              <TextButton
                disabled={isBusy || index.IndexStatus === "DELETING"}
                ariaLabel={`Delete ${index.IndexName}`}
                onClick={() => void remove(index)}
              >
                Delete
              </TextButton>
            ),
          },
        ]}
        trackBy={({ IndexName }) => IndexName}
        empty={<p>There are none.</p>}
      />
      <ListTable
        title="Local secondary indexes"
        description="Other sort keys for the table's partition key. They are made with the table, and stay as long as it."
        items={locals}
        columns={shared.filter(({ id }) => id !== "status")}
        trackBy={({ IndexName }) => IndexName}
        empty={<p>There are none.</p>}
      />
      {isCreating && <CreateIndex table={table} onClose={() => setIsCreating(false)} />}
    </div>
  );
}

function columnsOf(table: TableDescription): Column<IndexDescription>[] {
  return [
    { id: "name", header: "Name", cell: ({ IndexName }) => IndexName, minWidth: 130 },
    { id: "status", header: "Status", cell: (index) => <IndexState index={index} table={table} />, minWidth: 140 },
    ...(["HASH", "RANGE"] as const).map((type) => ({
      id: type,
      header: type === "HASH" ? "Partition key" : "Sort key",
      minWidth: 120,
      cell: ({ KeySchema }: IndexDescription) => (
        <Keys schema={KeySchema} type={type} definitions={table.AttributeDefinitions} />
      ),
    })),
    { id: "projection", header: "Projection", cell: projection, minWidth: 120 },
    { id: "items", header: "Items", cell: ({ ItemCount }) => count(ItemCount), minWidth: 80 },
    { id: "size", header: "Size", cell: ({ IndexSizeBytes }) => bytes(IndexSizeBytes), minWidth: 90 },
  ];
}

/** The status; while it fills, how many of the table's items it has. */
function IndexState({ index, table }: { index: IndexDescription; table: TableDescription }) {
  const total = table.ItemCount ?? 0;
  if (index["Backfilling"] !== true) return <Status value={index.IndexStatus} />;
  return (
    <>
      <Status value={index.IndexStatus} />
      <ProgressBar
        ariaLabel={`Items in ${index.IndexName}`}
        value={total === 0 ? 0 : Math.min(100, ((index.ItemCount ?? 0) / total) * 100)}
        additionalInfo={`Filling: ${count(index.ItemCount ?? 0)} of at most ${count(total)} items`}
      />
    </>
  );
}

function projection({ Projection: { ProjectionType, NonKeyAttributes = [] } }: IndexDescription): string {
  if (ProjectionType === "ALL") return "All attributes";
  if (ProjectionType === "KEYS_ONLY") return "Keys only";
  return `Keys, ${NonKeyAttributes.join(", ")}`;
}

function CreateIndex({ table, onClose }: { table: TableDescription; onClose: () => void }) {
  const [index, setIndex] = useState<IndexDraft>(() => emptyIndex(0));
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy, error } = useChange();
  const isProvisioned = !isOnDemand(table);
  const faults = {
    ...indexFaults(index, "index", "global"),
    ...(isProvisioned && unitsFaults(index.units, "index")),
  };
  const create = async () => {
    setWasTried(true);
    if (Object.keys(faults).length > 0) return;
    const request = {
      TableName: table.TableName,
      AttributeDefinitions: definitions([
        ...table.AttributeDefinitions.map(({ AttributeName: name, AttributeType: type }) => ({ name, type })),
        ...index.hash,
        ...index.range,
      ]),
      GlobalSecondaryIndexUpdates: [{ Create: globalIndex(index, isProvisioned) }],
    };
    const said = `The index ${index.name} is being made. It fills while the table is used.`;
    if ((await change("UpdateTable", request, { said, inPlace: true })) !== undefined) onClose();
  };
  return (
    <FormDialog
      title="Create a global index"
      action="Create index"
      onClose={onClose}
      onSubmit={() => void create()}
      isBusy={isBusy}
      error={error}
    >
      <IndexFields
        index={index}
        kind="global"
        isProvisioned={isProvisioned}
        faults={wasTried ? faults : {}}
        place="index"
        onChange={setIndex}
      />
    </FormDialog>
  );
}
