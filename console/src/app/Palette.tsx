// The command palette: everything there is, by name.

import { useEffect, useId, useMemo, useRef, useState } from "react";
import { call } from "../api.ts";
import { useTableNames } from "../components/tables.ts";
import { useLoad } from "../components/useLoad.ts";
import { model } from "../model.ts";
import { useOffered, type Action } from "./actions.tsx";
import { changeAppearance, useAppearance } from "./appearance.ts";
import { useGo } from "./navigate.ts";
import { pages } from "./pages.ts";
import { useNotify } from "./notify.tsx";
import { usePlace } from "./place.tsx";
import { search } from "./search.ts";
import { useSession } from "./session.tsx";

const SHOWN_MAX = 60;

export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [text, setText] = useState("");
  const [marked, setMarked] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const actions = useEverything(onHelp);
  const found = useMemo(() => search(actions, text).slice(0, SHOWN_MAX), [actions, text]);
  const at = Math.min(marked, found.length - 1);

  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  useEffect(() => {
    document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [list, at]);

  const run = (action: Action | undefined) => {
    if (action === undefined) return;
    onClose();
    action.run();
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => setMarked((at + 1) % Math.max(found.length, 1)),
    ArrowUp: () => setMarked((at - 1 + found.length) % Math.max(found.length, 1)),
    Home: () => setMarked(0),
    End: () => setMarked(found.length - 1),
    Enter: () => run(found[at]),
  };
  return (
    // A click beside it closes it; the keyboard has Escape, which the dialog handles.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className="pixii-palette"
      aria-label="Command palette"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <input
        role="combobox"
        aria-label="Search pages, tables, commands and saved queries"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
        aria-autocomplete="list"
        placeholder="Search pages, tables, commands, saved queries…"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setMarked(0);
        }}
        onKeyDown={(event) => {
          const action = keys[event.key];
          if (action === undefined || event.nativeEvent.isComposing) return;
          event.preventDefault();
          action();
        }}
      />
      <div id={list} role="listbox" aria-label="Found" tabIndex={-1}>
        {found.map((action, index) => (
          // The input has the keyboard: it moves aria-activedescendant.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={action.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setMarked(index)}
            onClick={() => run(action)}
          >
            <span>{action.title}</span>
            <small>{action.hint ?? action.group}</small>
          </div>
        ))}
      </div>
      {found.length === 0 && <p role="status">Nothing is called that.</p>}
    </dialog>
  );
}

function useEverything(onHelp: () => void): Action[] {
  const go = useGo();
  const offered = useOffered();
  const { session, signOut } = useSession();
  const { fail } = useNotify();
  const { connections, choose, place } = usePlace();
  const { isDark, isCompact } = useAppearance();
  const tables = useTableNames();
  const commands = useLoad("model", model);
  const saved = useLoad("queries", (signal) => call("ListQueries", {}, signal));
  return useMemo(() => {
    const action = (group: string, title: string, run: () => void, keywords = ""): Action => ({
      id: `${group}/${title}/${keywords}`,
      group,
      title,
      run,
      keywords,
    });
    return [
      ...offered,
      ...pages
        .filter(({ path }) => !path.includes(":"))
        .map(({ title, path, keywords }) => action("Page", title, () => go(path), keywords)),
      ...(saved.value?.queries ?? []).map(({ id, name, command }) =>
        action("Saved query", name, () => go("/queries", { saved: id }), command),
      ),
      ...(tables.value ?? []).flatMap((table) => [
        action("Items", table, () => go("/items", { table }), "table browse"),
        action("Table", table, () => go(`/tables/${encodeURIComponent(table)}`), "table describe"),
      ]),
      ...(commands.value?.commands ?? []).map(({ name }) =>
        action("New query", name, () => go("/queries", { command: name }), "command run"),
      ),
      ...connections
        .filter(({ id }) => id !== place.connection)
        .map(({ id, name }) => action("Use connection", name, () => choose({ connection: id }))),
      action("Appearance", isDark ? "Light colors" : "Dark colors", () =>
        changeAppearance({ scheme: isDark ? "light" : "dark" }),
      ),
      action("Appearance", isCompact ? "Comfortable density" : "Compact density", () =>
        changeAppearance({ isCompact: !isCompact }),
      ),
      action("Help", "Keyboard shortcuts", onHelp),
      ...(session.isOpen ? [] : [action("Session", "Sign out", () => void signOut().catch(fail))]),
    ];
  }, [
    go,
    offered,
    connections,
    choose,
    place,
    isDark,
    isCompact,
    tables.value,
    commands.value,
    saved.value,
    onHelp,
    session.isOpen,
    signOut,
    fail,
  ]);
}
