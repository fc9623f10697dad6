// One item as a form or as JSON: create, edit, duplicate. What somebody else changed meanwhile is shown, not written over.

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { describe, isAbort, Refusal } from "../api.ts";
import { useSend } from "../app/confirm.tsx";
import { Choice } from "../components/Choice.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { CodeEditor, Diff } from "../components/editor/index.tsx";
import { commands, Unwritable, writeOf, type Change } from "./changes.ts";
import { fieldsOf, itemOf, ordered, type Field } from "./fields.ts";
import { ItemForm } from "./ItemForm.tsx";
import styles from "./items.module.css";
import { Malformed, read, write, type Notation } from "./notation.ts";
import type { Item } from "./values.ts";

/** How an item is shown while it is edited. */
type Face = "form" | Notation;

export interface ItemDialogProps {
  title: string;
  table: string;
  keys: string[];
  /** As it is stored; `null` for a new one. */
  before: Item | null;
  /** What the editor begins with. */
  initial: Item;
  onSaved: (change: Change) => void;
  onStage: (change: Change) => void;
  onClose: () => void;
}

export function ItemDialog({ title, table, keys, initial, onSaved, onStage, onClose, ...props }: ItemDialogProps) {
  const send = useSend();
  const [before, setBefore] = useState(props.before);
  const [face, setFace] = useState<Face>("plain");
  /** Of the faces that are text. */
  const [text, setText] = useState(() => write(initial, "plain"));
  /** Of the form. */
  const [fields, setFields] = useState<Field[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [stored, setStored] = useState<Item | "gone" | null>(null);
  const [isSaving, setIsSaving] = useState(false);

  const fault = (error: unknown) => {
    if (isAbort(error)) return;
    if (error instanceof Malformed || error instanceof Unwritable) setProblem(error.message);
    else {
      const { title: name, message } = describe(error);
      setProblem(`${name}: ${message}`);
    }
  };
  const parsed = (): Item | null => {
    setProblem(null);
    try {
      return face === "form" ? ordered(itemOf(fields), initial) : read(text, face);
    } catch (error) {
      fault(error);
      return null;
    }
  };
  const show = (item: Item, next: Face) => {
    if (next === "form") setFields(fieldsOf(item, keys));
    setText(write(item, next === "form" ? "plain" : next));
    setFace(next);
  };
  const turn = (next: Face) => {
    const item = parsed();
    if (item !== null) show(item, next);
  };
  const stage = () => {
    const after = parsed();
    if (after === null) return;
    try {
      writeOf(table, keys, { before, after });
      onStage({ before, after });
    } catch (error) {
      fault(error);
    }
  };
  const save = async () => {
    const after = parsed();
    if (after === null) return;
    setIsSaving(true);
    try {
      const { kind, request } = writeOf(table, keys, { before, after });
      await send(commands[kind], request);
      onSaved({ before, after });
    } catch (error) {
      if (error instanceof Refusal && error.exception === "ConditionalCheckFailedException") {
        // What differs is shown as text, also of a form.
        if (face === "form") setText(write(after, "plain"));
        setStored((error.reply["Item"] as Item | undefined) ?? "gone");
      } else fault(error);
    } finally {
      setIsSaving(false);
    }
  };
  const keepMine = () => {
    setBefore(stored === "gone" ? null : stored);
    setStored(null);
  };
  const takeStored = () => {
    if (stored === null || stored === "gone") return;
    show(stored, face);
    keepMine();
  };

  return (
    <Modal
      visible
      size="large"
      header={title}
      onDismiss={() => {
        // While it is being written, what comes of it is still to be seen.
        if (!isSaving) onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={isSaving} onClick={onClose}>
              Cancel
            </Button>
            <Button disabled={stored !== null || isSaving} onClick={stage}>
              Stage
            </Button>
            <Button
              variant="primary"
              loading={isSaving}
              disabled={stored !== null}
              onClick={() => {
                void save();
              }}
            >
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <div className={styles["split"]}>
        <div className={styles["bar"]}>
          <Choice
            label="Notation"
            options={[
              { id: "form", text: "Form", title: "A line for each attribute" },
              { id: "plain", text: "Plain JSON", title: "As people write it; sets and binary stay typed" },
              { id: "typed", text: "Typed JSON", title: "As the service writes it" },
            ]}
            value={face}
            onChange={turn}
          />
          <div className={styles["end"]}>{face !== "form" && <CopyButton text={text} label="Copy the item" />}</div>
        </div>
        {problem !== null && <Alert type="error">{problem}</Alert>}
        {stored !== null && (
          <Conflict
            mine={text}
            stored={stored === "gone" ? null : write(stored, face === "form" ? "plain" : face)}
            isNew={before === null}
            onKeep={keepMine}
            onTake={takeStored}
          />
        )}
        {face === "form" ? (
          <ItemForm fields={fields} isNew={before === null} onChange={setFields} />
        ) : (
          <CodeEditor label="Item" value={text} onChange={setText} minHeight="220px" maxHeight="50vh" />
        )}
      </div>
    </Modal>
  );
}

function Conflict({
  mine,
  stored,
  isNew,
  onKeep,
  onTake,
}: {
  mine: string;
  stored: string | null;
  isNew: boolean;
  onKeep: () => void;
  onTake: () => void;
}) {
  return (
    <Alert
      type="warning"
      header={
        stored === null
          ? "The item was deleted meanwhile"
          : isNew
            ? "An item with this key is there already"
            : "The item was changed meanwhile"
      }
    >
      <div className={styles["split"]}>
        {stored === null ? (
          <p>Nothing was written. To create it anew with your text, go on and save.</p>
        ) : (
          <>
            <p>Nothing was written. From what is stored now to yours:</p>
            <Diff label="From what is stored to yours" before={stored} after={mine} maxHeight="260px" />
          </>
        )}
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={onKeep}>Keep mine and go on</Button>
          {stored !== null && <Button onClick={onTake}>Take what is stored</Button>}
        </SpaceBetween>
      </div>
    </Alert>
  );
}
