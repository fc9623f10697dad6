// One table: what it is, and all of its settings.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useMemo, type ReactNode } from "react";
import { useParams, useSearchParams } from "wouter";
import { useActions } from "../../app/actions.tsx";
import { useGo } from "../../app/navigate.ts";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { forgetTables, useTable, type TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { TableBackups } from "../backups/TableBackups.tsx";
import { Replicas } from "../globals/Replicas.tsx";
import { Insights } from "../insights/Insights.tsx";
import { Status } from "../Status.tsx";
import { useWhile } from "../useWhile.ts";
import { Capacity } from "./Capacity.tsx";
import { useDeletion } from "./deletion.ts";
import { Indexes } from "./Indexes.tsx";
import { isTablePassing } from "./keys.tsx";
import { Overview } from "./Overview.tsx";
import { ResourcePolicy } from "./ResourcePolicy.tsx";
import { Settings } from "./Settings.tsx";
import { StreamSettings } from "./StreamSettings.tsx";

const tabs: [id: string, label: string, content: (table: TableDescription) => ReactNode][] = [
  ["overview", "Overview", (table) => <Overview table={table} />],
  ["indexes", "Indexes", (table) => <Indexes table={table} />],
  ["capacity", "Capacity", (table) => <Capacity table={table} />],
  ["backups", "Backups", (table) => <TableBackups table={table} />],
  ["stream", "Stream", (table) => <StreamSettings table={table} />],
  ["replicas", "Replicas", (table) => <Replicas table={table} />],
  ["insights", "Insights", (table) => <Insights table={table} />],
  ["policy", "Resource policy", (table) => <ResourcePolicy arn={table.TableArn} />],
  ["settings", "Settings", (table) => <Settings table={table} />],
];

export default function TablePage() {
  const { table: name } = useParams<{ table: string }>();
  const { value: table, error, reload } = useTable(name);
  useWhile(table !== undefined && isTablePassing(table), 1500, forgetTables);
  if (error !== undefined && table === undefined) {
    return (
      <PageFrame title={name}>
        <ErrorBox error={error} again={reload} />
      </PageFrame>
    );
  }
  if (table === undefined) {
    return (
      <PageFrame title={name}>
        <div className={styles["waiting"]} role="status" aria-label="Loading">
          <Spinner size="large" />
        </div>
      </PageFrame>
    );
  }
  return <Known table={table} />;
}

function Known({ table }: { table: TableDescription }) {
  const { TableName: name } = table;
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const { isBusy, remove } = useDeletion();
  const wanted = search.get("tab");
  const active = tabs.some(([id]) => id === wanted) ? (wanted ?? "overview") : "overview";
  const act = (id: string) => {
    if (id === "backup") go(`/tables/${encodeURIComponent(name)}`, { tab: "backups" });
    else if (id === "restore") go("/backups/restore", { table: name });
    else if (id === "metrics") go("/metrics", { table: name });
    else if (id === "query") go("/queries", { command: "DescribeTable", table: name });
    else void remove(table).then((isGone) => isGone && go("/tables"));
  };
  useActions(
    useMemo(
      () =>
        tabs.map(([id, title]) => ({
          id: `table-${id}`,
          title: `${name}: ${title}`,
          group: "This table",
          run: () => go(`/tables/${encodeURIComponent(name)}`, { tab: id }),
        })),
      [name, go],
    ),
  );
  return (
    <PageFrame
      isWide
      title={name}
      description={<Status value={table.TableStatus} />}
      actions={
        <div className={styles["row"]}>
          <Button onClick={() => go("/items", { table: name })}>Browse items</Button>
          <ButtonDropdown
            loading={isBusy}
            expandToViewport
            items={[
              { id: "query", text: "Open in the query editor" },
              { id: "metrics", text: "Show metrics" },
              { id: "backup", text: "Back up" },
              { id: "restore", text: "Restore to a point in time" },
              { id: "delete", text: "Delete table" },
            ]}
            onItemClick={({ detail }) => act(detail.id)}
          >
            Actions
          </ButtonDropdown>
        </div>
      }
    >
      <Tabs
        ariaLabel={`Parts of ${name}`}
        activeTabId={active}
        onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
        tabs={tabs.map(([id, label, content]) => ({ id, label, content: id === active && content(table) }))}
      />
    </PageFrame>
  );
}
