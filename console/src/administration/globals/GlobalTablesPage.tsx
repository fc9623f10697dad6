// Tables with replicas in several Regions, of both versions.

import Alert from "@cloudscape-design/components/alert";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Link from "@cloudscape-design/components/link";
import { useMemo } from "react";
import { address, useFollow } from "../../app/navigate.ts";
import { PageFrame } from "../../components/PageFrame.tsx";
import { forgetTables, useTableNames, type TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { ListTable, type Column } from "../ListTable.tsx";
import { Status } from "../Status.tsx";
import { isTablePassing } from "../tables/keys.tsx";
import { useDescriptions } from "../tables/useDescriptions.ts";
import { useWhile } from "../useWhile.ts";
import { LegacyTables } from "./LegacyTables.tsx";

/** Each takes a request. */
const DESCRIBED_MAX = 500;

export default function GlobalTablesPage() {
  const names = useTableNames();
  const asked = useMemo(() => names.value?.slice(0, DESCRIBED_MAX), [names.value]);
  const known = useDescriptions(asked);
  const tables = useMemo(
    () =>
      asked
        ?.map((name) => known.get(name))
        .filter((one): one is TableDescription => one !== undefined && !("fault" in one))
        .filter(({ Replicas }) => (Replicas?.length ?? 0) > 0),
    [asked, known],
  );
  useWhile(tables?.some(isTablePassing) === true, 2000, forgetTables);
  const isWaiting = asked?.some((name) => !known.has(name)) ?? true;
  return (
    <PageFrame
      isWide
      title="Global tables"
      description="A global table is a table with replicas in several Regions. All replicas are equals: each is read and written by itself, and tells the others."
    >
      <div className={styles["stack"]}>
        <ExpandableSection headerText="Which version is which" variant="container">
          <div className={styles["stack"]}>
            <p className={styles["lead"]}>
              <strong>Version 2019.11.21</strong> is the current one. Replicas are added to a table that is there, with
              all of its items, and removed again: on the table’s page, under Replicas. Settings are changed in any
              Region and count in all; reads and the class may differ.
            </p>
            <p className={styles["lead"]}>
              <strong>Version 2017.11.29</strong> joins tables that are there: of one name, empty, with the same keys,
              indexes and write capacity, and with streams of new and old images. Amazon has given it up; use it for
              programs that still ask for it. One table that leaves stays as a table of its own.
            </p>
          </div>
        </ExpandableSection>
        {names.value !== undefined && names.value.length > DESCRIBED_MAX && (
          <Alert type="info">
            The first {DESCRIBED_MAX} tables were looked at. Replicas of others are on their own pages.
          </Alert>
        )}
        <ListTable
          title="Version 2019.11.21"
          items={isWaiting && tables?.length === 0 ? undefined : tables}
          columns={columns}
          trackBy={({ TableName }) => TableName}
          searched={({ TableName }) => TableName}
          search="Find a table"
          noun="table"
          isLoading={isWaiting}
          error={names.error}
          again={names.reload}
          empty={<p>No table has replicas. Add one on a table’s page, under Replicas.</p>}
        />
        <LegacyTables />
      </div>
    </PageFrame>
  );
}

const columns: Column<TableDescription>[] = [
  {
    id: "name",
    header: "Table",
    minWidth: 150,
    by: ({ TableName }) => TableName,
    cell: ({ TableName }) => <TableLink name={TableName} />,
  },
  {
    id: "status",
    header: "Status here",
    minWidth: 135,
    cell: ({ TableStatus }) => <Status value={TableStatus} />,
  },
  {
    id: "replicas",
    header: "Other Regions",
    minWidth: 260,
    cell: ({ Replicas = [] }) => (
      <div className={styles["row"]}>
        {Replicas.map(({ RegionName, ReplicaStatus }) => (
          <span key={RegionName} className={styles["row"]}>
            {RegionName} <Status value={ReplicaStatus ?? "ACTIVE"} />
          </span>
        ))}
      </div>
    ),
  },
];

function TableLink({ name }: { name: string }) {
  const follow = useFollow();
  return (
    <Link href={address(`/tables/${encodeURIComponent(name)}`, { tab: "replicas" })} onFollow={follow}>
      {name}
    </Link>
  );
}
