// Beside the editor: saved queries, and what was run.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Icon from "@cloudscape-design/components/icon";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { SavedQuery } from "../api.ts";
import { search } from "../app/search.ts";
import { memberString } from "./body/tree.ts";
import { find, type Entry } from "./history.ts";
import styles from "./queries.module.css";

export type SavedAction = "open" | "run" | "duplicate" | "endpoint" | "delete";

export function SavedPanel({
  queries,
  currentId,
  onAction,
  onClose,
}: {
  queries: SavedQuery[] | undefined;
  currentId: string | undefined;
  onAction: (query: SavedQuery, action: SavedAction) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const named = (queries ?? []).map((query) => ({
    query,
    title: query.name,
    group: query.command,
    keywords: query.text,
  }));
  const found = search(named, text);
  return (
    <aside className={styles["library"]} aria-label="Saved queries">
      <Head title="Saved queries" onClose={onClose} />
      <div className={styles["library-tools"]}>
        <Input
          type="search"
          ariaLabel="Find a saved query"
          placeholder="Find"
          value={text}
          onChange={({ detail }) => setText(detail.value)}
        />
      </div>
      {found.length === 0 && (
        <p className={styles["empty"]}>
          {queries === undefined
            ? "Loading…"
            : text === ""
              ? "Nothing is saved yet. Save keeps the query of the open tab."
              : "None is called that."}
        </p>
      )}
      <ul className={styles["entries"]}>
        {found.map(({ query }) => (
          <li key={query.id} data-is-current={query.id === currentId}>
            <button type="button" onClick={() => onAction(query, "open")}>
              <strong>{query.name}</strong>
              <small>
                {query.command}
                {query.endpoint && <span className={styles["pill"]}>endpoint</span>}
                {query.parameters.length > 0 && (
                  <span className={styles["pill"]}>
                    {query.parameters.length === 1 ? "1 parameter" : `${query.parameters.length} parameters`}
                  </span>
                )}
              </small>
            </button>
            <ButtonDropdown
              variant="inline-icon"
              ariaLabel={`More for ${query.name}`}
              expandToViewport
              items={[
                { id: "run", text: "Open and run" },
                { id: "duplicate", text: "Duplicate" },
                { id: "endpoint", text: "HTTP endpoint" },
                { id: "delete", text: "Delete" },
              ]}
              onItemClick={({ detail }) => onAction(query, detail.id as SavedAction)}
            />
          </li>
        ))}
      </ul>
    </aside>
  );
}

export function HistoryPanel({
  entries,
  nameOf,
  onOpen,
  onClear,
  onClose,
}: {
  entries: Entry[];
  /** A connection's name. */
  nameOf: (connection: string) => string;
  onOpen: (entry: Entry, runs: boolean) => void;
  onClear: () => void;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const found = find(entries, text);
  return (
    <aside className={styles["library"]} aria-label="History">
      <Head title="History" onClose={onClose} />
      <div className={styles["library-tools"]}>
        <Input
          type="search"
          ariaLabel="Find in the history"
          placeholder="Find"
          value={text}
          onChange={({ detail }) => setText(detail.value)}
        />
        <Button disabled={entries.length === 0} onClick={onClear} ariaLabel="Clear the history">
          Clear
        </Button>
      </div>
      {found.length === 0 && (
        <p className={styles["empty"]}>
          {text === "" ? "What you run shows here, in this browser only." : "Nothing like that."}
        </p>
      )}
      <ul className={styles["entries"]}>
        {found.map((entry) => {
          const table = memberString(entry.text, "TableName");
          const place = `${nameOf(entry.place.connection)}${entry.place.region === undefined ? "" : ` · ${entry.place.region}`}`;
          return (
            <li key={`${entry.atMs}${entry.command}`}>
              <button type="button" onClick={() => onOpen(entry, false)} title={entry.text.slice(0, 600)}>
                <strong>
                  <span
                    className={styles["outcome"]}
                    data-outcome={entry.outcome}
                    role="img"
                    aria-label={entry.outcome}
                  />
                  {entry.command}
                  {table !== undefined && <span className={styles["of"]}> {table}</span>}
                </strong>
                <small>
                  {new Date(entry.atMs).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" })} · {place}
                </small>
              </button>
              <Button
                variant="inline-icon"
                iconName="redo"
                ariaLabel={`Run ${entry.command} again`}
                onClick={() => onOpen(entry, true)}
              />
            </li>
          );
        })}
      </ul>
    </aside>
  );
}

function Head({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <header className={styles["library-head"]}>
      <h2>{title}</h2>
      <button type="button" className="pixii-icon-button" aria-label={`Close ${title}`} onClick={onClose}>
        <Icon name="close" size="small" />
      </button>
    </header>
  );
}
