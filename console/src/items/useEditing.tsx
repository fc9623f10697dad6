// What can be done with items: create, edit, duplicate, copy, delete, at once or staged.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Refusal } from "../api.ts";
import { useConfirm, useSend } from "../app/confirm.tsx";
import { useNotify } from "../app/notify.tsx";
import { placeKey, usePlace } from "../app/place.tsx";
import { writeOf, commands, type Change } from "./changes.ts";
import { ItemDialog } from "./ItemDialog.tsx";
import { write, type Notation } from "./notation.ts";
import { itemOf, nothingStaged, stage, waiting, without, type Staged } from "./staged.ts";
import { StagedDialog } from "./StagedDialog.tsx";
import { useWriter } from "./useWriter.ts";
import { identity, itemCount, keyOf, type Item } from "./values.ts";

interface Edited {
  /** Another for each time that something is opened. */
  round: number;
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
  empty,
  selected,
  onWritten,
}: {
  table: string;
  keys: string[];
  /** What a new item begins with: its keys. */
  empty: Item;
  selected: ReadonlySet<Item>;
  onWritten: (changes: Change[]) => void;
}): Editing {
  const send = useSend();
  const confirm = useConfirm();
  const { notify, fail } = useNotify();
  const { place } = usePlace();
  const writer = useWriter();
  const [edited, setEdited] = useState<Edited | null>(null);
  const [staged, setStaged] = useStaged(`${placeKey(place)} ${table}`);
  const round = useRef(0);
  const [isReviewing, setIsReviewing] = useState(false);

  // A row may be of an index or a projection, and old: what is edited is read whole and anew.
  const stored = async (item: Item): Promise<Item> => {
    const reply = await send("GetItem", { TableName: table, Key: keyOf(item, keys), ConsistentRead: true });
    const { Item: found } = reply as { Item?: Item };
    if (found === undefined) throw new Error("The item is not there any more. Run the request again.");
    return found;
  };
  const begin = (what: Omit<Edited, "round">) => {
    round.current += 1;
    setEdited({ ...what, round: round.current });
  };
  // What is opened last shows, whichever is read first.
  const open = (item: Item, edits: (whole: Item) => Omit<Edited, "round">) => {
    round.current += 1;
    const mine = round.current;
    stored(item).then((whole) => {
      if (round.current === mine) begin(edits(whole));
    }, fail);
  };
  const edit = (item: Item) => {
    const change = waiting(staged, keys, item);
    // What waits goes on from what it was made of: what others have done since is a conflict when it is written.
    if (change !== undefined) begin({ title: "Edit item", before: change.before, initial: change.after ?? item });
    else open(item, (whole) => ({ title: "Edit item", before: whole, initial: whole }));
  };
  const addChanges = (changes: Change[]) => setStaged((now) => stage(now, keys, changes));

  const remove = async () => {
    const items = [...selected];
    const count = itemCount(items.length);
    const body = `${count} of “${table}” will be deleted, unless changed since they were loaded. This cannot be undone.`;
    if (!(await confirm({ title: `Delete ${count}?`, body, action: "Delete" }))) return;
    const written: Change[] = [];
    let changed = 0;
    const ask = await writer(place, `Delete ${count}`);
    try {
      for (const before of items) {
        const change = { before, after: null };
        const { kind, request } = writeOf(table, keys, change);
        try {
          await ask(commands[kind], request);
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
      <Button iconName="add-plus" onClick={() => begin({ title: "Create item", before: null, initial: empty })}>
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
          key={edited.round}
          {...edited}
          table={table}
          keys={keys}
          onSaved={(change) => {
            setEdited(null);
            onWritten([change]);
            const key = identity(itemOf(change), keys);
            setStaged((now) => {
              const same = now.now.filter((each) => identity(itemOf(each), keys) === key);
              return same.length === 0 ? now : without(now, same);
            });
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

/** What waits in each table: it stays while other pages are looked at. */
const everyStaged = new Map<string, Staged>();

function useStaged(key: string): [Staged, (change: Staged | ((now: Staged) => Staged)) => void] {
  const [staged, setStaged] = useState<Staged>(() => everyStaged.get(key) ?? nothingStaged);
  useEffect(() => {
    everyStaged.set(key, staged);
  }, [key, staged]);
  const isWaiting = staged.now.length > 0;
  useEffect(() => {
    if (!isWaiting) return;
    // The browser asks before the page goes, and with it what waits.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isWaiting]);
  return [staged, setStaged];
}
