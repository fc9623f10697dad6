// What can be done with items: create, edit, duplicate, copy, delete, at once or staged.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useState, type ReactNode } from "react";
import { Refusal } from "../api.ts";
import { useConfirm, useSend } from "../app/confirm.tsx";
import { useNotify } from "../app/notify.tsx";
import { writeOf, commands, type Change } from "./changes.ts";
import { ItemDialog } from "./ItemDialog.tsx";
import { write, type Notation } from "./notation.ts";
import { nothingStaged, stage, waiting, type Staged } from "./staged.ts";
import { StagedDialog } from "./StagedDialog.tsx";
import { keyOf, type Item } from "./values.ts";

interface Edited {
  title: string;
  before: Item | null;
  initial: Item;
}

export interface Editing {
  edit: (item: Item) => void;
  /** Buttons for above the grid. */
  tools: ReactNode;
  dialogs: ReactNode;
}

export function useEditing({
  table,
  keys,
  selected,
  onWritten,
}: {
  table: string;
  keys: string[];
  selected: ReadonlySet<Item>;
  onWritten: (changes: Change[]) => void;
}): Editing {
  const send = useSend();
  const confirm = useConfirm();
  const { notify, fail } = useNotify();
  const [edited, setEdited] = useState<Edited | null>(null);
  const [staged, setStaged] = useState<Staged>(nothingStaged);
  const [isReviewing, setIsReviewing] = useState(false);

  // A row may be of an index or a projection, and old: what is edited is read whole and anew.
  const stored = async (item: Item): Promise<Item> => {
    const reply = await send("GetItem", { TableName: table, Key: keyOf(item, keys), ConsistentRead: true });
    const { Item: found } = reply as { Item?: Item };
    if (found === undefined) throw new Error("The item is not there any more. Run the request again.");
    return found;
  };
  const open = (item: Item, edits: (whole: Item) => Edited) => {
    stored(item).then((whole) => setEdited(edits(whole)), fail);
  };
  const edit = (item: Item) =>
    open(item, (whole) => {
      const change = waiting(staged, keys, item);
      return { title: "Edit item", before: whole, initial: change?.after ?? whole };
    });
  const addChanges = (changes: Change[]) => setStaged((now) => stage(now, keys, changes));

  const remove = async () => {
    const items = [...selected];
    const count = items.length === 1 ? "1 item" : `${items.length} items`;
    const body = `${count} of “${table}” will be deleted, unless changed since they were loaded. This cannot be undone.`;
    if (!(await confirm({ title: `Delete ${count}?`, body, action: "Delete" }))) return;
    const written: Change[] = [];
    let changed = 0;
    try {
      for (const before of items) {
        const change = { before, after: null };
        const { kind, request } = writeOf(table, keys, change);
        try {
          await send(commands[kind], request);
          written.push(change);
        } catch (error) {
          if (!(error instanceof Refusal) || error.exception !== "ConditionalCheckFailedException") throw error;
          changed += 1;
        }
      }
    } finally {
      onWritten(written);
    }
    if (changed === 0) notify({ type: "success", content: `Deleted ${count}.` });
    else {
      const content = `Deleted ${written.length}; ${changed} had been changed since they were loaded and are still there.`;
      notify({ type: "warning", content });
    }
  };
  const copy = (notation: Notation) => {
    const texts = [...selected].map((item) => write(item, notation));
    const text = texts.length === 1 ? (texts[0] ?? "") : `[\n${texts.join(",\n")}\n]`;
    // Without TLS and off loopback a browser gives no clipboard.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    (clipboard?.writeText(text) ?? Promise.reject(new Error("This browser does not let the page copy."))).then(
      () =>
        notify({ type: "success", content: texts.length === 1 ? "Copied the item." : `Copied ${texts.length} items.` }),
      fail,
    );
  };
  const act = (id: string) => {
    const [first] = selected;
    if (first === undefined) return;
    if (id === "edit") edit(first);
    if (id === "duplicate") open(first, (whole) => ({ title: "Duplicate item", before: null, initial: whole }));
    if (id === "copy-plain") copy("plain");
    if (id === "copy-typed") copy("typed");
    if (id === "stage-delete") addChanges([...selected].map((before) => ({ before, after: null })));
    if (id === "delete") remove().catch(fail);
  };

  const isOne = selected.size === 1;
  const tools = (
    <>
      <Button
        iconName="add-plus"
        onClick={() => setEdited({ title: "Create item", before: null, initial: emptyItem(keys) })}
      >
        Create item
      </Button>
      <ButtonDropdown
        disabled={selected.size === 0}
        items={[
          { id: "edit", text: "Edit", disabled: !isOne },
          { id: "duplicate", text: "Duplicate", disabled: !isOne },
          { id: "copy-plain", text: "Copy as plain JSON" },
          { id: "copy-typed", text: "Copy as typed JSON" },
          { id: "stage-delete", text: "Stage deletion" },
          { id: "delete", text: "Delete" },
        ]}
        onItemClick={({ detail }) => act(detail.id)}
      >
        {selected.size === 0 ? "Selected" : `Selected (${selected.size})`}
      </ButtonDropdown>
      {(staged.now.length > 0 || staged.past.length > 0) && (
        <Button onClick={() => setIsReviewing(true)}>{`Staged (${staged.now.length})`}</Button>
      )}
    </>
  );
  const dialogs = (
    <>
      {edited !== null && (
        <ItemDialog
          {...edited}
          table={table}
          keys={keys}
          onSaved={(change) => {
            setEdited(null);
            onWritten([change]);
            notify({ type: "success", content: "The item is saved." });
          }}
          onStage={(change) => {
            setEdited(null);
            addChanges([change]);
          }}
          onClose={() => setEdited(null)}
        />
      )}
      {isReviewing && (
        <StagedDialog
          table={table}
          keys={keys}
          staged={staged}
          onChange={setStaged}
          onWritten={(changes) => {
            onWritten(changes);
            // What is written cannot be undone from here.
            setStaged((now) => ({ ...nothingStaged, now: now.now.filter((change) => !changes.includes(change)) }));
            if (changes.length > 0) {
              notify({
                type: "success",
                content: `Wrote ${changes.length === 1 ? "1 change" : `${changes.length} changes`}.`,
              });
            }
            if (changes.length === staged.now.length) setIsReviewing(false);
          }}
          onClose={() => setIsReviewing(false)}
        />
      )}
    </>
  );
  return { edit, tools, dialogs };
}

const emptyItem = (keys: string[]): Item => Object.fromEntries(keys.map((name) => [name, { S: "" }]));
