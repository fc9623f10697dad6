// Where queries can be sent, and as whom.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useState } from "react";
import { call, type Connection, type Diagnosis } from "../api.ts";
import { useConfirm } from "../app/confirm.tsx";
import { useGo } from "../app/navigate.ts";
import { useNotify } from "../app/notify.tsx";
import { usePlace } from "../app/place.tsx";
import { useSession } from "../app/session.tsx";
import { PageFrame } from "../components/PageFrame.tsx";
import { ConnectionDialog } from "./ConnectionDialog.tsx";
import styles from "./connections.module.css";
import { DiagnosisView } from "./DiagnosisView.tsx";

type Test = { state: "running" } | { state: "done"; diagnosis: Diagnosis };

export default function ConnectionsPage() {
  const { session } = useSession();
  const { connections, connection: chosen, choose, reload } = usePlace();
  const { fail, notify } = useNotify();
  const confirm = useConfirm();
  const go = useGo();
  const [edited, setEdited] = useState<Connection | "new" | null>(null);
  const [tests, setTests] = useState<Partial<Record<string, Test>>>({});

  const test = async (id: string) => {
    setTests((now) => ({ ...now, [id]: { state: "running" } }));
    try {
      const diagnosis = await call("TestConnection", { id });
      setTests((now) => ({ ...now, [id]: { state: "done", diagnosis } }));
    } catch (error) {
      setTests((now) => ({ ...now, [id]: undefined }));
      fail(error);
    }
  };
  const remove = async (connection: Connection) => {
    const body = `“${connection.name}” and its stored credentials are deleted. Saved queries that use it stay, but cannot run.`;
    if (!(await confirm({ title: "Delete this connection?", body, action: "Delete connection" }))) return;
    try {
      await call("DeleteConnection", { id: connection.id });
      if (connection.id === chosen.id) choose({ connection: "local" });
      await reload();
    } catch (error) {
      fail(error);
    }
  };
  return (
    <PageFrame
      title="Connections"
      description="Pixii itself, Amazon DynamoDB, or any endpoint that speaks its protocol. Secrets are stored encrypted and never shown."
      actions={
        session.mayConnect && (
          <Button variant="primary" onClick={() => setEdited("new")}>
            Create connection
          </Button>
        )
      }
    >
      {!session.mayConnect && (
        <p className={styles["note"]}>
          This server is open to its network, so it connects to no others. Start it with users or on a loopback address
          to use other connections.
        </p>
      )}
      <ul className={styles["list"]} aria-label="Connections">
        {connections.map((connection) => (
          <ConnectionCard
            key={connection.id}
            connection={connection}
            isChosen={connection.id === chosen.id}
            test={tests[connection.id]}
            onUse={() => {
              choose({ connection: connection.id });
              go("/queries");
            }}
            onTest={() => void test(connection.id)}
            onEdit={() => setEdited(connection)}
            onDelete={() => void remove(connection)}
          />
        ))}
      </ul>
      {edited !== null && (
        <ConnectionDialog
          stored={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onSaved={(connection) => {
            setEdited(null);
            setTests((now) => ({ ...now, [connection.id]: undefined }));
            notify({ type: "success", content: `“${connection.name}” is saved.` });
            void reload();
          }}
        />
      )}
    </PageFrame>
  );
}

function ConnectionCard({
  connection,
  isChosen,
  test,
  onUse,
  onTest,
  onEdit,
  onDelete,
}: {
  connection: Connection;
  isChosen: boolean;
  test: Test | undefined;
  onUse: () => void;
  onTest: () => void;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { name, kind, endpoint, region, isReadOnly, asksBeforeWriting, roleArn } = connection;
  const address =
    kind === "local"
      ? "The database in this server"
      : endpoint === "aws" || endpoint === null
        ? "Amazon DynamoDB"
        : endpoint;
  return (
    <li className={styles["card"]} data-is-chosen={isChosen}>
      <div className={styles["head"]}>
        <span className={kind === "local" ? "pixii-dot" : "pixii-dot pixii-dot-remote"} aria-hidden="true" />
        <h2>{name}</h2>
        {isChosen && <span className={styles["tag"]}>in use</span>}
        {isReadOnly && <span className={styles["tag"]}>read-only</span>}
        {asksBeforeWriting && !isReadOnly && <span className={styles["tag"]}>asks before writing</span>}
        <div className={styles["actions"]}>
          <Button onClick={onTest} loading={test?.state === "running"} ariaLabel={`Test ${name}`}>
            Test
          </Button>
          {!isChosen && (
            <Button onClick={onUse} ariaLabel={`Use ${name}`}>
              Use
            </Button>
          )}
          <ButtonDropdown
            variant="icon"
            ariaLabel={`More for ${name}`}
            items={[
              { id: "edit", text: "Edit" },
              {
                id: "delete",
                text: "Delete",
                disabled: kind === "local",
                disabledReason: "This server is always there.",
              },
            ]}
            onItemClick={({ detail }) => (detail.id === "edit" ? onEdit() : onDelete())}
          />
        </div>
      </div>
      <dl className={styles["facts"]}>
        <Fact name="Endpoint">{address}</Fact>
        <Fact name="Region">{region}</Fact>
        <Fact name="As">{describeCredentials(connection)}</Fact>
        {roleArn !== null && <Fact name="Role">{roleArn}</Fact>}
      </dl>
      {test?.state === "done" && (
        <Box margin={{ top: "s" }}>
          <DiagnosisView diagnosis={test.diagnosis} />
        </Box>
      )}
    </li>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function describeCredentials({ credentials }: Connection): string {
  switch (credentials.kind) {
    case "caller":
      return "Whoever is signed in";
    case "profile":
      return `Profile ${credentials.profile}`;
    case "keys":
      return credentials.accessKeyId + (credentials.hasSessionToken ? ", with a session token" : "");
  }
}
