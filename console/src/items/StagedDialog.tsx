// The changes that wait: what each does, and writing them all.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";
import { Refusal } from "../api.ts";
import { useSend } from "../app/confirm.tsx";
import { useNotify } from "../app/notify.tsx";
import { usePlace } from "../app/place.tsx";
import { Diff } from "../components/editor/index.tsx";
import { commands, reasons, TRANSACTION_MAX, writeOf, type Change, type Reason } from "./changes.ts";
import styles from "./items.module.css";
import { write } from "./notation.ts";
import { itemOf, redo, undo, without, type Staged } from "./staged.ts";
import { useWriter } from "./useWriter.ts";
import { identity, keyOf, short, type Item } from "./values.ts";

export interface StagedDialogProps {
  table: string;
  keys: string[];
  staged: Staged;
  onChange: (staged: Staged) => void;
  /** These are written. */
  onWritten: (changes: Change[]) => void;
  onClose: () => void;
}

export function StagedDialog({ table, keys, staged, onChange, onWritten, onClose }: StagedDialogProps) {
  const send = useSend();
  const { place } = usePlace();
  const writer = useWriter();
  const { fail } = useNotify();
  const [why, setWhy] = useState<ReadonlyMap<Change, Reason>>(new Map());
  const [isWriting, setIsWriting] = useState(false);
  const { now, past, future } = staged;
  const isTransaction = now.length <= TRANSACTION_MAX;

  const together = async () => {
    try {
      const TransactItems = now.map((change) => {
        const { kind, request } = writeOf(table, keys, change);
        return { [kind]: request };
      });
      await send("TransactWriteItems", { TransactItems });
      onWritten(now);
    } catch (error) {
      if (!(error instanceof Refusal) || error.exception !== "TransactionCanceledException") throw error;
      const found = reasons(error.reply).map((reason, index) => [now[index], reason] as const);
      setWhy(new Map(found.filter((entry): entry is [Change, Reason] => entry[0] !== undefined && entry[1] !== null)));
    }
  };
  const oneByOne = async () => {
    const written: Change[] = [];
    const refused = new Map<Change, Reason>();
    const ask = await writer(place, `Write ${now.length} changes`);
    try {
      for (const change of now) {
        const { kind, request } = writeOf(table, keys, change);
        try {
          await ask(commands[kind], request);
          written.push(change);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          const item = (error.reply["Item"] as Item | undefined) ?? null;
          refused.set(change, { code: error.exception, message: error.message, item });
        }
      }
    } finally {
      setWhy(refused);
      onWritten(written);
    }
  };
  const commit = () => {
    setWhy(new Map());
    setIsWriting(true);
    (isTransaction ? together() : oneByOne()).catch(fail).finally(() => setIsWriting(false));
  };

  return (
    <Modal
      visible
      size="large"
      header={now.length === 1 ? "1 staged change" : `${now.length} staged changes`}
      onDismiss={() => {
        if (!isWriting) onClose();
      }}
      footer={
        <div className={styles["bar"]}>
          <Button iconName="undo" disabled={past.length === 0 || isWriting} onClick={() => onChange(undo(staged))}>
            Undo
          </Button>
          <Button iconName="redo" disabled={future.length === 0 || isWriting} onClick={() => onChange(redo(staged))}>
            Redo
          </Button>
          <Button disabled={now.length === 0 || isWriting} onClick={() => onChange(without(staged, now))}>
            Discard all
          </Button>
          <div className={styles["end"]}>
            <Button variant="primary" loading={isWriting} disabled={now.length === 0} onClick={commit}>
              {isTransaction ? "Commit as one transaction" : `Write ${now.length} one by one`}
            </Button>
          </div>
        </div>
      }
    >
      <div className={styles["split"]}>
        {!isTransaction && (
          <Alert type="warning">
            A transaction has at most {TRANSACTION_MAX} changes. These are written one by one: some may succeed while
            others are refused.
          </Alert>
        )}
        {why.size > 0 && (
          <Alert type="error">
            {isTransaction ? "Nothing was written: the transaction was cancelled." : "Some changes were refused."} The
            reasons stand beside their items.
          </Alert>
        )}
        {now.length === 0 && <p className={styles["empty"]}>Nothing is staged.</p>}
        <ul className={styles["changes"]} aria-label="Staged changes">
          {now.map((change) => (
            <li key={identity(itemOf(change), keys)}>
              <Row
                change={change}
                keys={keys}
                reason={why.get(change)}
                onDiscard={() => onChange(without(staged, [change]))}
              />
            </li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}

function Row({
  change,
  keys,
  reason,
  onDiscard,
}: {
  change: Change;
  keys: string[];
  reason: Reason | undefined;
  onDiscard: () => void;
}) {
  const { before, after } = change;
  const [isOpen, setIsOpen] = useState(false);
  const name = Object.values(keyOf(itemOf(change), keys))
    .map(short)
    .join(" · ");
  const kind = before === null ? "Create" : after === null ? "Delete" : "Edit";
  return (
    <>
      <div className={styles["condition"]}>
        <span className={styles["kind"]} data-kind={kind}>
          {kind}
        </span>
        <b>{name}</b>
        <div className={styles["end"]}>
          <Button
            variant="inline-link"
            ariaLabel={`${isOpen ? "Hide" : "Show"} what changes in ${name}`}
            ariaExpanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? "Hide" : "Show"}
          </Button>
          <Button variant="icon" iconName="close" ariaLabel={`Discard the change of ${name}`} onClick={onDiscard} />
        </div>
      </div>
      {reason !== undefined && (
        <p className={styles["error"]}>
          {reason.code}: {reason.message}
          {reason.item !== null && " The item was changed meanwhile; its change is shown against what is stored now."}
        </p>
      )}
      {isOpen && (
        <Diff
          label={`What changes in ${name}`}
          before={write(reason?.item ?? before ?? {}, "plain")}
          after={write(after ?? {}, "plain")}
          maxHeight="260px"
        />
      )}
    </>
  );
}
