// Making a table: all that it can be given, with the request beside it as it is made up.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useMemo, useRef, useState } from "react";
import { isAbort, send } from "../../api.ts";
import { useSend } from "../../app/confirm.tsx";
import { useGo } from "../../app/navigate.ts";
import { useNotify } from "../../app/notify.tsx";
import { usePlace } from "../../app/place.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { CodeEditor } from "../../components/editor/index.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { forgetTables, type TableDescription } from "../../components/tables.ts";
import shared from "../administration.module.css";
import { CreateTableFields } from "./CreateTableFields.tsx";
import { createTable, emptyDraft, expiryOf, faultsOf, type TableDraft } from "./draft.ts";
import styles from "./tables.module.css";

/** How often, and how many times, a new table is asked for before expiry is given up. */
const WAIT_MS = 500;
const WAITS_MAX = 120;

export default function CreateTablePage() {
  const [draft, setDraft] = useState<TableDraft>(emptyDraft);
  const [wasTried, setWasTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const ask = useSend();
  const { place } = usePlace();
  const { notify, fail } = useNotify();
  const go = useGo();
  const form = useRef<HTMLDivElement>(null);
  const found = faultsOf(draft);
  const request = useMemo(() => JSON.stringify(createTable(draft), null, 2), [draft]);

  const expire = async (name: string, expiry: object) => {
    for (let wait = 0; wait < WAITS_MAX; wait += 1) {
      const reply = await send(place, "DescribeTable", { TableName: name });
      if ((reply["Table"] as TableDescription).TableStatus === "ACTIVE") break;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    await ask("UpdateTimeToLive", expiry);
  };
  const create = async () => {
    setWasTried(true);
    if (Object.keys(found).length > 0) {
      window.setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setIsBusy(true);
    setError(null);
    try {
      await ask("CreateTable", createTable(draft));
    } catch (fault) {
      if (!isAbort(fault)) setError(fault);
      setIsBusy(false);
      return;
    }
    const expiry = expiryOf(draft);
    // The table is there: what is refused from here on is told on its page.
    if (expiry !== undefined) await expire(draft.name, expiry).catch(fail);
    forgetTables();
    notify({ type: "success", content: `The table ${draft.name} is made.` });
    go(`/tables/${encodeURIComponent(draft.name)}`);
  };
  return (
    <PageFrame isWide title="Create table">
      <div className={styles["create"]} ref={form}>
        <div className={shared["stack"]}>
          {error !== null && <ErrorBox error={error} />}
          <CreateTableFields draft={draft} faults={wasTried ? found : {}} onChange={setDraft} />
          <div className={shared["end"]}>
            <Button variant="link" onClick={() => go("/tables")}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void create()}>
              Create table
            </Button>
          </div>
        </div>
        <div className={styles["request"]}>
          <Container
            header={
              <Header
                variant="h2"
                actions={
                  <div className={shared["row"]}>
                    <CopyButton text={request} label="Copy the request" />
                    <Button onClick={() => go("/queries", { command: "CreateTable", text: request })}>
                      Open in query editor
                    </Button>
                  </div>
                }
              >
                Request
              </Header>
            }
          >
            <CodeEditor label="Request" value={request} isReadOnly language="json" maxHeight="62vh" />
            {draft.expiry !== "" && <p className={shared["muted"]}>Then UpdateTimeToLive, once the table is active.</p>}
          </Container>
        </div>
      </div>
    </PageFrame>
  );
}
