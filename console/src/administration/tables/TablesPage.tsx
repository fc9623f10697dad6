// All tables of the chosen place.

import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useMemo, useState } from "react";
import { address, useFollow, useGo } from "../../app/navigate.ts";
import { PageFrame } from "../../components/PageFrame.tsx";
import { forgetTables, useTableNames } from "../../components/tables.ts";
import { bytes, count } from "../amounts.ts";
import styles from "../administration.module.css";
import { ListTable, type Column } from "../ListTable.tsx";
import { Status } from "../Status.tsx";
import { useWhile } from "../useWhile.ts";
import { billing, isTablePassing, Keys } from "./keys.tsx";
import { useDescriptions, type Known } from "./useDescriptions.ts";

/** Beyond it only names are listed by themselves: each table takes a request. */
const DESCRIBED_MAX = 200;

interface Entry {
  name: string;
  known: Known | undefined;
}

const tableOf = ({ known }: Entry) => (known === undefined || "fault" in known ? undefined : known);

export default function TablesPage() {
  const go = useGo();
  const names = useTableNames();
  const [isAllWanted, setIsAllWanted] = useState(false);
  const described = useMemo(
    () => (isAllWanted ? names.value : names.value?.slice(0, DESCRIBED_MAX)),
    [names.value, isAllWanted],
  );
  const known = useDescriptions(described);
  const entries = useMemo(
    () => names.value?.map((name): Entry => ({ name, known: known.get(name) })),
    [names.value, known],
  );
  const isAnyPassing = entries?.some((entry) => {
    const table = tableOf(entry);
    return table !== undefined && isTablePassing(table);
  });
  useWhile(isAnyPassing === true, 2000, forgetTables);
  const isMore = names.value !== undefined && names.value.length > DESCRIBED_MAX && !isAllWanted;
  return (
    <PageFrame
      isWide
      title="Tables"
      {...(names.value !== undefined && { counter: `(${names.value.length})` })}
      actions={
        <div className={styles["row"]}>
          <Button iconName="refresh" ariaLabel="Ask again" onClick={forgetTables} loading={names.isLoading} />
          <Button variant="primary" onClick={() => go("/tables/~create")}>
            Create table
          </Button>
        </div>
      }
    >
      <ListTable
        hasNoHeading
        title="Tables"
        items={entries}
        columns={columns}
        trackBy={({ name }) => name}
        searched={(entry) => `${entry.name} ${tableOf(entry)?.TableStatus ?? ""}`}
        search="Find a table"
        noun="table"
        isLoading={names.isLoading}
        error={names.error}
        again={names.reload}
        controls={isMore && <Button onClick={() => setIsAllWanted(true)}>Describe all tables</Button>}
        empty={
          <>
            <p>There are no tables in this Region.</p>
            <Button onClick={() => go("/tables/~create")}>Create table</Button>
          </>
        }
      />
    </PageFrame>
  );
}

function Name({ name }: { name: string }) {
  const follow = useFollow();
  return (
    <Link href={address(`/tables/${encodeURIComponent(name)}`)} onFollow={follow}>
      {name}
    </Link>
  );
}

const columns: Column<Entry>[] = [
  { id: "name", header: "Name", by: ({ name }) => name, cell: ({ name }) => <Name name={name} />, minWidth: 160 },
  {
    id: "status",
    header: "Status",
    by: (entry) => tableOf(entry)?.TableStatus ?? "",
    cell: (entry) =>
      entry.known !== undefined && "fault" in entry.known ? "–" : <Status value={tableOf(entry)?.TableStatus} />,
    minWidth: 110,
  },
  {
    id: "hash",
    header: "Partition key",
    cell: (entry) => <KeyOf entry={entry} type="HASH" />,
    minWidth: 120,
  },
  { id: "range", header: "Sort key", cell: (entry) => <KeyOf entry={entry} type="RANGE" />, minWidth: 120 },
  {
    id: "indexes",
    header: "Indexes",
    by: (entry) => indexCount(entry) ?? -1,
    cell: (entry) => count(indexCount(entry)),
    minWidth: 90,
  },
  {
    id: "items",
    header: "Items",
    by: (entry) => tableOf(entry)?.ItemCount ?? -1,
    cell: (entry) => count(tableOf(entry)?.ItemCount),
    minWidth: 90,
  },
  {
    id: "size",
    header: "Size",
    by: (entry) => tableOf(entry)?.TableSizeBytes ?? -1,
    cell: (entry) => bytes(tableOf(entry)?.TableSizeBytes),
    minWidth: 100,
  },
  {
    id: "billing",
    header: "Capacity",
    by: (entry) => billingOf(entry),
    cell: billingOf,
    minWidth: 120,
  },
  {
    id: "protection",
    header: "Protected",
    by: (entry) => String(tableOf(entry)?.DeletionProtectionEnabled ?? false),
    cell: (entry) => (tableOf(entry)?.DeletionProtectionEnabled === true ? "Yes" : "–"),
    minWidth: 100,
  },
];

function KeyOf({ entry, type }: { entry: Entry; type: "HASH" | "RANGE" }) {
  const table = tableOf(entry);
  return table === undefined ? (
    "–"
  ) : (
    <Keys schema={table.KeySchema} type={type} definitions={table.AttributeDefinitions} />
  );
}

function billingOf(entry: Entry): string {
  const table = tableOf(entry);
  return table === undefined ? "–" : billing(table);
}

function indexCount(entry: Entry): number | undefined {
  const table = tableOf(entry);
  if (table === undefined) return undefined;
  return (table.GlobalSecondaryIndexes?.length ?? 0) + (table.LocalSecondaryIndexes?.length ?? 0);
}
