// One table's items: the form, the grid and what can be done with what is selected.

import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import { useCallback, useEffect, useMemo, useState } from "react";
import { keep, kept } from "../app/kept.ts";
import { useGo } from "../app/navigate.ts";
import { placeKey, usePlace } from "../app/place.tsx";
import { send } from "../api.ts";
import { ErrorBox } from "../components/ErrorBox.tsx";
import type { TableDescription } from "../components/tables.ts";
import { useLoad } from "../components/useLoad.ts";
import { Builder } from "./Builder.tsx";
import { layoutOf, shown, type Layout } from "./columns.ts";
import { ColumnsDialog } from "./ColumnsDialog.tsx";
import { Grid } from "./Grid.tsx";
import styles from "./items.module.css";
import { emptyItem, indexNames, keyNames, keysOf } from "./keys.ts";
import { RequestDialog } from "./RequestDialog.tsx";
import { emptyDraft, escaped, Incomplete, request, type Draft } from "./request.ts";
import { visible, type Sorting } from "./rows.ts";
import { Summary } from "./Summary.tsx";
import { useItems, type Asked } from "./useItems.ts";
import { useEditing } from "./useEditing.tsx";
import { useTransfer } from "./transfer/useTransfer.tsx";
import { identity, type Item } from "./values.ts";

const PAGE_SIZE = "100";

export function TableItems({ table }: { table: TableDescription }) {
  const { TableName: name } = table;
  const { place } = usePlace();
  const go = useGo();
  const [draft, setDraft] = useState<Draft>({ ...emptyDraft, limit: PAGE_SIZE });
  const [problem, setProblem] = useState<string | null>(null);
  const [isArranging, setIsArranging] = useState(false);
  const [explained, setExplained] = useState<Asked | null>(null);
  const [filter, setFilter] = useState("");
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<Item>>(new Set());
  const tableKeys = useMemo(() => keysOf(table, null), [table]);
  const names = useMemo(() => keyNames(tableKeys), [tableKeys]);
  const keys = useMemo(() => keysOf(table, draft.index), [table, draft.index]);
  const { loaded, run, more, stop, replace, add } = useItems(names);
  const editing = useEditing({
    table: name,
    keys: names,
    empty: emptyItem(tableKeys),
    selected,
    onWritten: (changes) => {
      setSelected(new Set());
      for (const { before, after } of changes) {
        if (before !== null) replace(identity(before, names), after);
        else if (after !== null) add(after);
      }
    },
  });
  const { layout, setLayout } = useLayout(`${placeKey(place)} ${name}`);
  const expiry = useLoad(`${placeKey(place)} expiry ${name}`, (signal) =>
    send(place, "DescribeTimeToLive", { TableName: name }, { signal }),
  );
  const expiryName = expiryAttribute(expiry.value);
  const dated = useMemo(
    () => (expiryName === null ? layout : { ...layout, dates: [...layout.dates, expiryName] }),
    [layout, expiryName],
  );

  const { items, progress } = loaded;
  const columns = useMemo(() => loaded.census.columns(names), [loaded, names]);
  const rows = useMemo(() => visible(loaded.items, filter, sorting), [loaded, filter, sorting]);

  const asked = useCallback((): Asked | null => {
    try {
      const { command, body } = request(name, draft, keys);
      setProblem(null);
      return { command, body };
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error;
      setProblem(error.message);
      return null;
    }
  }, [name, draft, keys]);
  const runNow = () => {
    const now = asked();
    if (now === null) return;
    setSelected(new Set());
    run(now);
  };
  useEffect(() => {
    run({ command: "Scan", body: { TableName: name, Limit: Number.parseInt(PAGE_SIZE, 10) } });
  }, [run, name]);

  const transfer = useTransfer({
    table: name,
    keys: names,
    scopes: { selected: [...selected], loaded: items, asked: loaded.asked },
    onImported: runNow,
  });

  const onSelect = (item: Item) =>
    setSelected((before) => {
      const next = new Set(before);
      if (!next.delete(item)) next.add(item);
      return next;
    });
  const onSelectAll = (isSelected: boolean) =>
    setSelected(new Set(isSelected ? rows.map((row) => items[row]).filter((item) => item !== undefined) : []));
  const onSort = (column: string) =>
    setSorting((before) =>
      before?.name !== column
        ? { name: column, isDescending: false }
        : before.isDescending
          ? null
          : { ...before, isDescending: true },
    );

  return (
    <div className={styles["page"]}>
      <Builder
        draft={draft}
        keys={keys}
        indexes={indexNames(table)}
        paths={columns.map((column) => escaped(column.name))}
        onChange={(next) => {
          setProblem(null);
          setDraft(next);
        }}
        onRun={runNow}
      />
      {problem !== null && (
        <p className={styles["error"]} role="alert">
          {problem}
        </p>
      )}
      {loaded.error !== null && <ErrorBox error={loaded.error} again={() => more()} />}
      <Summary loaded={loaded} showing={rows.length} onMore={more} onStop={stop} />
      <div className={styles["bar"]}>
        <div className={styles["medium"]}>
          <Input
            type="search"
            ariaLabel="Filter the loaded items"
            clearAriaLabel="Clear the filter"
            placeholder="Filter loaded items"
            value={filter}
            onChange={({ detail }) => setFilter(detail.value)}
          />
        </div>
        {editing.tools}
        {transfer.menu}
        <div className={styles["end"]}>
          <Button iconName="settings" onClick={() => setIsArranging(true)}>
            Columns
          </Button>
          <Button onClick={() => setExplained(asked())}>Show request</Button>
        </div>
      </div>
      {items.length === 0 && !loaded.isLoading && progress.pages > 0 ? (
        <p className={styles["empty"]}>
          {progress.next === null ? "No items." : "No items yet in what was looked at. There is more to load."}
        </p>
      ) : (
        <Grid
          items={items}
          rows={rows}
          columns={shown(columns, dated)}
          layout={dated}
          partition={tableKeys.partition.name}
          sort={tableKeys.sort?.name ?? null}
          sorting={sorting}
          selected={selected}
          onSort={onSort}
          onWidth={(column, width) => setLayout({ ...layout, widths: { ...layout.widths, [column]: width } })}
          onSelect={onSelect}
          onSelectAll={onSelectAll}
          onOpen={editing.edit}
        />
      )}
      {editing.dialogs}
      {transfer.dialogs}
      {isArranging && (
        <ColumnsDialog columns={columns} layout={layout} onChange={setLayout} onClose={() => setIsArranging(false)} />
      )}
      {explained !== null && (
        <RequestDialog
          asked={explained}
          onClose={() => setExplained(null)}
          onOpen={(command, text) => go("/queries", { command, text })}
        />
      )}
    </div>
  );
}

function useLayout(key: string): { layout: Layout; setLayout: (layout: Layout) => void } {
  const name = `items.columns.${key}`;
  const [layout, set] = useState(() => layoutOf(kept(name)));
  const setLayout = useCallback(
    (next: Layout) => {
      keep(name, next);
      set(next);
    },
    [name],
  );
  return { layout, setLayout };
}

/** The attribute whose time ends an item. */
function expiryAttribute(reply: Record<string, unknown> | undefined): string | null {
  const { AttributeName: name } = (reply?.["TimeToLiveDescription"] ?? {}) as { AttributeName?: string };
  return name ?? null;
}
