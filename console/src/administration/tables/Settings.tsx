// Smaller settings of a table, each in a box of its own: expiry, tags, protection, encryption.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Toggle from "@cloudscape-design/components/toggle";
import { useGo } from "../../app/navigate.ts";
import type { TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { Copied, Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { useChange } from "../useChange.ts";
import { useDeletion } from "./deletion.ts";
import { Expiry } from "./Expiry.tsx";
import { TableTags } from "./TableTags.tsx";

export function Settings({ table }: { table: TableDescription }) {
  return (
    <div className={styles["stack"]}>
      <Expiry table={table} />
      <TableTags arn={table.TableArn} />
      <Protection table={table} />
      <Encryption table={table} />
      <Deletion table={table} />
    </div>
  );
}

function Protection({ table }: { table: TableDescription }) {
  const isProtected = table.DeletionProtectionEnabled === true;
  const { change, isBusy } = useChange();
  const set = (is: boolean) =>
    void change(
      "UpdateTable",
      { TableName: table.TableName, DeletionProtectionEnabled: is },
      { said: is ? "The table is protected against deletion." : "The table can be deleted." },
    );
  return (
    <Container
      header={
        <Header variant="h2" description="While it is on, DeleteTable is refused.">
          Deletion protection
        </Header>
      }
    >
      <Toggle checked={isProtected} disabled={isBusy} onChange={({ detail }) => set(detail.checked)}>
        Protect the table against deletion
      </Toggle>
    </Container>
  );
}

function Encryption({ table }: { table: TableDescription }) {
  const encryption = table["SSEDescription"] as
    { Status?: string; SSEType?: string; KMSMasterKeyArn?: string } | undefined;
  const isManaged = encryption?.Status === "ENABLED" || encryption?.Status === "UPDATING";
  const { change, isBusy } = useChange();
  const set = (SSESpecification: object) =>
    void change("UpdateTable", { TableName: table.TableName, SSESpecification }, { said: "Encryption is changed." });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Which key Amazon encrypts with. Pixii keeps the setting, and encrypts no data files by itself."
          actions={
            <Button
              loading={isBusy}
              onClick={() => set(isManaged ? { Enabled: false } : { Enabled: true, SSEType: "KMS" })}
            >
              {isManaged ? "Use the service's own key" : "Use a KMS key"}
            </Button>
          }
        >
          Encryption
        </Header>
      }
    >
      <Facts
        facts={[
          ["Key", isManaged ? "KMS key" : "Owned by the service"],
          ["Status", encryption?.Status === undefined ? undefined : <Status key="status" value={encryption.Status} />],
          [
            "Key ARN",
            encryption?.KMSMasterKeyArn === undefined ? undefined : (
              <Copied key="arn" text={encryption.KMSMasterKeyArn} label="Copy the ARN of the key" />
            ),
            true,
          ],
        ]}
      />
    </Container>
  );
}

function Deletion({ table }: { table: TableDescription }) {
  const { isBusy, remove } = useDeletion();
  const go = useGo();
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="With all items and indexes. Backups stay."
          actions={
            <Button loading={isBusy} onClick={() => void remove(table).then((isGone) => isGone && go("/tables"))}>
              {table.DeletionProtectionEnabled === true ? "Turn protection off, then delete" : "Delete table"}
            </Button>
          }
        >
          Delete the table
        </Header>
      }
    />
  );
}
