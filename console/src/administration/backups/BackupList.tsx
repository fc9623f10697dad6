// A list of backups, with what can be done with each.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Link from "@cloudscape-design/components/link";
import { useState, type ReactNode } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { address, useFollow, useGo } from "../../app/navigate.ts";
import { bytes, time } from "../amounts.ts";
import styles from "../administration.module.css";
import { ListTable, type Column } from "../ListTable.tsx";
import { isPassing, Status } from "../Status.tsx";
import { useChange } from "../useChange.ts";
import { useWhile } from "../useWhile.ts";
import { tableOf, type BackupFilter, type BackupSummary } from "./backups.ts";
import { BackupDialog } from "./BackupDialog.tsx";
import { CreateBackup } from "./CreateBackup.tsx";
import { useBackups } from "./useBackups.ts";

const types: Record<string, string> = { USER: "On demand", SYSTEM: "System", AWS_BACKUP: "AWS Backup" };

export function BackupList({
  filter,
  controls,
  ofTable,
}: {
  filter: BackupFilter;
  controls?: ReactNode;
  /** Of one table only, so that its name need not be shown. */
  ofTable?: string;
}) {
  const { backups, error, isLoading, more, reload } = useBackups(filter);
  const [shown, setShown] = useState<BackupSummary | null>(null);
  const [isCreating, setIsCreating] = useState(false);
  const confirm = useConfirm();
  const go = useGo();
  const { change } = useChange();
  useWhile(backups?.some(({ BackupStatus }) => isPassing(BackupStatus)) === true, 2000, reload);
  const remove = async ({ BackupArn, BackupName }: BackupSummary) => {
    const isSure = await confirm({
      title: `Delete the backup ${BackupName}?`,
      body: "It cannot be restored any more. The table stays as it is.",
      action: "Delete backup",
    });
    if (!isSure) return;
    if ((await change("DeleteBackup", { BackupArn }, { said: `The backup ${BackupName} is deleted.` })) !== undefined) {
      reload();
    }
  };
  const columns: Column<BackupSummary>[] = [
    {
      id: "name",
      header: "Name",
      minWidth: 180,
      by: ({ BackupName }) => BackupName,
      cell: (backup) => (
        <Link
          onFollow={(event) => {
            event.preventDefault();
            setShown(backup);
          }}
        >
          {backup.BackupName}
        </Link>
      ),
    },
    ...(ofTable === undefined ? [tableColumn] : []),
    {
      id: "status",
      header: "Status",
      minWidth: 135,
      by: ({ BackupStatus }) => BackupStatus,
      cell: ({ BackupStatus }) => <Status value={BackupStatus} />,
    },
    {
      id: "created",
      header: "Created",
      minWidth: 180,
      by: ({ BackupCreationDateTime }) => BackupCreationDateTime ?? 0,
      cell: ({ BackupCreationDateTime }) => time(BackupCreationDateTime),
    },
    { id: "type", header: "Type", minWidth: 100, cell: ({ BackupType }) => types[BackupType] ?? BackupType },
    {
      id: "size",
      header: "Size",
      minWidth: 90,
      by: ({ BackupSizeBytes }) => BackupSizeBytes ?? 0,
      cell: ({ BackupSizeBytes }) => bytes(BackupSizeBytes),
    },
    {
      id: "actions",
      header: "Actions",
      minWidth: 130,
      cell: (backup) => (
        <ButtonDropdown
          variant="inline-icon"
          expandToViewport
          ariaLabel={`Actions for ${backup.BackupName}`}
          items={[
            { id: "restore", text: "Restore", disabled: backup.BackupStatus !== "AVAILABLE" },
            { id: "describe", text: "Describe" },
            { id: "delete", text: "Delete" },
          ]}
          onItemClick={({ detail }) => {
            if (detail.id === "restore") go("/backups/restore", { backup: backup.BackupArn });
            else if (detail.id === "describe") setShown(backup);
            else void remove(backup);
          }}
        />
      ),
    },
  ];
  return (
    <>
      <ListTable
        title="Backups"
        items={backups}
        columns={columns}
        trackBy={({ BackupArn }) => BackupArn}
        searched={({ BackupName, TableName }) => `${BackupName} ${TableName ?? ""}`}
        search="Find a backup"
        noun="backup"
        isLoading={isLoading}
        error={error}
        again={reload}
        controls={controls}
        actions={
          <div className={styles["row"]}>
            <Button iconName="refresh" ariaLabel="Ask again" onClick={reload} />
            {more && (
              <Button loading={isLoading} onClick={more}>
                Load more
              </Button>
            )}
            <Button variant="primary" onClick={() => setIsCreating(true)}>
              Create backup
            </Button>
          </div>
        }
        empty={<p>{ofTable === undefined ? nothing(filter) : `There are no backups of ${ofTable}.`}</p>}
      />
      {shown !== null && <BackupDialog backup={shown} onClose={() => setShown(null)} />}
      {isCreating && (
        <CreateBackup
          {...(ofTable !== undefined && { table: ofTable })}
          onClose={() => setIsCreating(false)}
          onCreated={reload}
        />
      )}
    </>
  );
}

const tableColumn: Column<BackupSummary> = {
  id: "table",
  header: "Table",
  minWidth: 130,
  by: ({ TableName }) => TableName ?? "",
  cell: (backup) => <TableLink name={backup.TableName ?? tableOf(backup.BackupArn)} />,
};

function TableLink({ name }: { name: string }) {
  const follow = useFollow();
  return (
    <Link href={address(`/tables/${encodeURIComponent(name)}`)} onFollow={follow}>
      {name}
    </Link>
  );
}

function nothing({ table, type, from, until }: BackupFilter): string {
  const isFiltered = table !== "" || type !== "ALL" || from !== undefined || until !== undefined;
  return isFiltered ? "There are no backups that fit the filters." : "There are no backups.";
}
