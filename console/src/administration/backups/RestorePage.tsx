// Restoring: `?backup=ARN` from a backup, `?table=NAME` to a point in time.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import { useSearchParams } from "wouter";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { useTable, useTableNames } from "../../components/tables.ts";
import { useGo } from "../../app/navigate.ts";
import styles from "../administration.module.css";
import { time } from "../amounts.ts";
import { Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { useWhile } from "../useWhile.ts";
import { useBackup } from "./BackupDialog.tsx";
import { tableOf } from "./backups.ts";
import { RestoreForm } from "./RestoreForm.tsx";
import { useRecovery } from "./useRecovery.ts";

export default function RestorePage() {
  const [search] = useSearchParams();
  const backup = search.get("backup");
  return (
    <PageFrame
      isWide
      title={backup === null ? "Restore to a point in time" : "Restore a backup"}
      description="Into a new table. The table that it comes from stays as it is."
    >
      {backup === null ? <FromTime /> : <FromBackup arn={backup} />}
    </PageFrame>
  );
}

function FromBackup({ arn }: { arn: string }) {
  const { value, error, reload } = useBackup(arn);
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  if (value === undefined) return <Status value={undefined} />;
  const { BackupDetails: backup, SourceTableDetails: table, SourceTableFeatureDetails: features } = value;
  return (
    <div className={styles["stack"]}>
      <Container header={<Header variant="h2">Backup</Header>}>
        <Facts
          facts={[
            ["Name", backup.BackupName],
            ["Table", table?.TableName ?? tableOf(arn)],
            ["As of", time(backup.BackupCreationDateTime)],
          ]}
        />
      </Container>
      <RestoreForm
        source={{ kind: "backup", arn, table: table?.TableName ?? tableOf(arn) }}
        indexes={{
          global: features?.GlobalSecondaryIndexes ?? [],
          local: features?.LocalSecondaryIndexes ?? [],
        }}
      />
    </div>
  );
}

function FromTime() {
  const [search, setSearch] = useSearchParams();
  const name = search.get("table");
  const names = useTableNames();
  return (
    <div className={styles["stack"]}>
      <Container header={<Header variant="h2">Table</Header>}>
        <FormField label="Table to restore">
          <Select
            selectedOption={name === null ? null : { value: name }}
            options={(names.value ?? []).map((value) => ({ value }))}
            statusType={names.isLoading ? "loading" : names.error !== undefined ? "error" : "finished"}
            filteringType="auto"
            filteringAriaLabel="Find a table"
            placeholder="Choose a table"
            loadingText="Loading tables"
            errorText="The tables could not be listed."
            empty="There are no tables."
            onChange={({ detail }) => setSearch({ table: detail.selectedOption.value ?? "" }, { replace: true })}
          />
        </FormField>
      </Container>
      {name !== null && <OfTable key={name} name={name} />}
    </div>
  );
}

function OfTable({ name }: { name: string }) {
  const table = useTable(name);
  const recovery = useRecovery(name);
  const go = useGo();
  useWhile(recovery.value?.isOn === true, 5000, recovery.reload);
  const error = table.error ?? recovery.error;
  const isKnown = recovery.value !== undefined && table.value !== undefined;
  if (error !== undefined && !isKnown)
    return <ErrorBox error={error} again={recovery.error === undefined ? table.reload : recovery.reload} />;
  if (recovery.value === undefined || table.value === undefined) return <Status value={undefined} />;
  if (!recovery.value.isOn || recovery.value.whole === undefined) {
    return (
      <Alert
        type="info"
        header={`${name} has no point-in-time recovery`}
        action={
          <Button onClick={() => go(`/tables/${encodeURIComponent(name)}`, { tab: "backups" })}>
            Backups of the table
          </Button>
        }
      >
        It can be restored from backups only. With recovery on, it can be restored to any second from then on.
      </Alert>
    );
  }
  return (
    <RestoreForm
      source={{ kind: "time", table: name }}
      whole={recovery.value.whole}
      indexes={{
        global: table.value.GlobalSecondaryIndexes ?? [],
        local: table.value.LocalSecondaryIndexes ?? [],
      }}
    />
  );
}
