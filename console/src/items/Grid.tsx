// The grid: only the rows in sight exist. Arrows move, Enter opens, Space selects, Escape leaves.

import Checkbox from "@cloudscape-design/components/checkbox";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  memo,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
} from "react";
import { clamped, type Column, type Layout } from "./columns.ts";
import styles from "./items.module.css";
import type { Sorting } from "./rows.ts";
import { dateOf, parted, short, TYPES, type Item } from "./values.ts";

const ROW_PIXELS = 33;
const WIDTH = 180;
const SELECT_WIDTH = 44;
const TEXT_MAX = 300;

export interface GridProps {
  items: Item[];
  /** The places of the rows to show. */
  rows: number[];
  columns: Column[];
  layout: Layout;
  partition: string | null;
  sort: string | null;
  sorting: Sorting | null;
  selected: ReadonlySet<Item>;
  onSort: (name: string) => void;
  onWidth: (name: string, width: number) => void;
  onSelect: (item: Item) => void;
  onSelectAll: (isSelected: boolean) => void;
  onOpen: (item: Item) => void;
}

interface Place {
  row: number;
  column: number;
}

/** The first row is the header, the first column the checkboxes. */
export function Grid(props: GridProps) {
  const { items, rows, columns, layout, selected } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Place>({ row: 0, column: 0 });
  const isMoving = useRef(false);
  // The compiler leaves components with it alone, as it gives functions that change.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    scrollPaddingStart: ROW_PIXELS,
  });
  const { widths, starts, total, grid } = useMemo(() => measured(columns, layout), [columns, layout]);
  const at: Place = {
    row: Math.min(active.row, rows.length),
    column: Math.min(active.column, columns.length),
  };

  useEffect(() => {
    if (!isMoving.current) return;
    const cell = scroller.current?.querySelector<HTMLElement>(`[data-place="${at.row}:${at.column}"]`);
    if (cell === null || cell === undefined) return;
    isMoving.current = false;
    cell.focus({ preventScroll: at.row > 0 });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  const move = (row: number, column: number) => {
    const next = {
      row: Math.max(0, Math.min(rows.length, row)),
      column: Math.max(0, Math.min(columns.length, column)),
    };
    isMoving.current = true;
    if (next.row > 0) virtual.scrollToIndex(next.row - 1);
    setActive(next);
  };
  const itemAt = (row: number) => items[rows[row - 1] ?? -1];
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = at;
    const isFar = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PIXELS) - 2);
    const moves: Record<string, () => void> = {
      ArrowDown: () => move(isFar ? rows.length : row + 1, column),
      ArrowUp: () => move(isFar ? 0 : row - 1, column),
      ArrowRight: () => move(row, isFar ? columns.length : column + 1),
      ArrowLeft: () => move(row, isFar ? 0 : column - 1),
      PageDown: () => move(row + page, column),
      PageUp: () => move(row - page, column),
      Home: () => move(isFar ? 0 : row, 0),
      End: () => move(isFar ? rows.length : row, columns.length),
      Escape: () => (document.activeElement as HTMLElement | null)?.blur(),
      Enter: () => enter(row, column),
      " ": () => {
        const item = itemAt(row);
        if (item !== undefined) props.onSelect(item);
        else if (column === 0) props.onSelectAll(selected.size < rows.length);
      },
    };
    const action = moves[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const enter = (row: number, column: number) => {
    const item = itemAt(row);
    const name = columns[column - 1]?.name;
    if (item !== undefined) props.onOpen(item);
    else if (name !== undefined) props.onSort(name);
  };
  const focus = useCallback((row: number, column: number) => setActive({ row, column }), []);
  const head = (column: number) => place(0, column, at.row === 0 && at.column === column, focus);
  // Rows are kept as long as nothing of theirs changes, so what they call must stay the same.
  const select = useLatest(props.onSelect);
  const open = useLatest(props.onOpen);
  const isAll = useMemo(
    () => rows.length > 0 && selected.size >= rows.length && rows.every((row) => selected.has(items[row] ?? {})),
    [rows, items, selected],
  );

  return (
    <div
      ref={scroller}
      className={styles["grid"]}
      role="grid"
      aria-label="Items"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={styles["head"]} style={{ inlineSize: total }}>
        <div role="row" aria-rowindex={1} className={styles["row"]} style={grid}>
          <div role="columnheader" className={styles["check"]} {...head(0)} aria-label="Selected">
            <Checkbox
              checked={isAll}
              indeterminate={!isAll && selected.size > 0}
              ariaLabel="Select all loaded items that show"
              nativeInputAttributes={{ tabIndex: -1 }}
              onChange={({ detail }) => props.onSelectAll(detail.checked)}
            />
          </div>
          {columns.map((column, index) => (
            <Head
              key={column.name}
              {...props}
              column={column}
              width={widths[index] ?? WIDTH}
              start={starts[index] ?? null}
              place={head(index + 1)}
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles["rows"]} style={{ blockSize: virtual.getTotalSize(), inlineSize: total }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = items[rows[index] ?? -1];
          if (item === undefined) return null;
          const row = index + 1;
          return (
            <Row
              key={index}
              item={item}
              row={row}
              top={start}
              isSelected={selected.has(item)}
              active={at.row === row ? at.column : null}
              columns={columns}
              layout={layout}
              starts={starts}
              grid={grid}
              onFocus={focus}
              onSelect={select}
              onOpen={open}
            />
          );
        })}
      </div>
    </div>
  );
}

/** A function that stays the same and does what the latest one given does. */
function useLatest<T>(action: (value: T) => void): (value: T) => void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  return useCallback((value: T) => latest.current(value), []);
}

function measured(columns: Column[], layout: Layout) {
  const widths = columns.map(({ name }) => layout.widths[name] ?? WIDTH);
  return {
    widths,
    starts: pinnedStarts(columns, widths, layout),
    total: widths.reduce((sum, width) => sum + width, SELECT_WIDTH),
    grid: { gridTemplateColumns: `${SELECT_WIDTH}px ${widths.map((width) => `${width}px`).join(" ")}` },
  };
}

const Row = memo(function Row({
  item,
  row,
  top,
  isSelected,
  active,
  columns,
  layout,
  starts,
  grid,
  onFocus,
  onSelect,
  onOpen,
}: {
  item: Item;
  row: number;
  /** In pixels. */
  top: number;
  isSelected: boolean;
  /** The column that the keyboard is at, if it is in this row. */
  active: number | null;
  columns: Column[];
  layout: Layout;
  starts: (number | null)[];
  grid: CSSProperties;
  onFocus: (row: number, column: number) => void;
  onSelect: (item: Item) => void;
  onOpen: (item: Item) => void;
}) {
  const at = (column: number) => place(row, column, active === column, onFocus);
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={row + 1}
      aria-selected={isSelected}
      className={styles["row"]}
      style={{ ...grid, transform: `translateY(${top}px)` }}
      onDoubleClick={() => onOpen(item)}
    >
      <div role="gridcell" className={styles["check"]} {...at(0)}>
        <Checkbox
          checked={isSelected}
          ariaLabel={`Select row ${row}`}
          nativeInputAttributes={{ tabIndex: -1 }}
          onChange={() => onSelect(item)}
        />
      </div>
      {columns.map(({ name }, column) => (
        <Cell
          key={name}
          value={item[name]}
          isDate={layout.dates.includes(name)}
          start={starts[column] ?? null}
          place={at(column + 1)}
        />
      ))}
    </div>
  );
});

/** Where each pinned column stays; `null` for those that scroll. */
function pinnedStarts(columns: Column[], widths: number[], layout: Layout): (number | null)[] {
  let at = SELECT_WIDTH;
  return columns.map(({ name }, index) => {
    if (!layout.pinned.includes(name)) return null;
    const start = at;
    at += widths[index] ?? WIDTH;
    return start;
  });
}

interface CellPlace {
  "data-place": string;
  tabIndex: number;
  "aria-colindex": number;
  onFocus: () => void;
}

/** One cell is in the order of the tabulator: the one that the keyboard is at. */
const place = (
  row: number,
  column: number,
  isActive: boolean,
  onFocus: (row: number, column: number) => void,
): CellPlace => ({
  "data-place": `${row}:${column}`,
  tabIndex: isActive ? 0 : -1,
  "aria-colindex": column + 1,
  onFocus: () => onFocus(row, column),
});

function Cell({
  value,
  isDate,
  start,
  place,
}: {
  value: Item[string] | undefined;
  isDate: boolean;
  start: number | null;
  place: CellPlace;
}) {
  const date = isDate ? dateOf(value) : null;
  const text = short(value);
  const cut = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
  return (
    <div
      role="gridcell"
      className={styles["cell"]}
      data-type={value === undefined ? undefined : parted(value)[0]}
      data-is-pinned={start !== null}
      style={start === null ? undefined : { insetInlineStart: start }}
      title={date === null ? cut : `${date} = ${text}`}
      {...place}
    >
      {value !== undefined && !isPlain(parted(value)[0]) && <small aria-hidden="true">{parted(value)[0]}</small>}
      {date ?? cut}
    </div>
  );
}

const isPlain = (type: string) => type === "S" || type === "N" || type === "BOOL" || type === "NULL";

function Head(props: GridProps & { column: Column; width: number; start: number | null; place: CellPlace }) {
  const { column, sorting, partition, sort, width, start, place, onSort, onWidth } = props;
  const { name, types } = column;
  const isSorted = sorting?.name === name;
  const key = name === partition ? "Partition key" : name === sort ? "Sort key" : null;
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const { currentTarget: handle, clientX: from, pointerId } = event;
    handle.setPointerCapture(pointerId);
    const onMove = (moved: globalThis.PointerEvent) => onWidth(name, clamped(width + moved.clientX - from));
    handle.addEventListener("pointermove", onMove);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", onMove), {
      once: true,
    });
  };
  return (
    <div
      role="columnheader"
      aria-sort={isSorted ? (sorting.isDescending ? "descending" : "ascending") : "none"}
      className={styles["column"]}
      data-is-pinned={start !== null}
      style={start === null ? undefined : { insetInlineStart: start }}
      title={`${name}: ${types.map((type) => TYPES[type]).join(", ") || "not loaded yet"}${key === null ? "" : ` (${key.toLowerCase()})`}`}
      {...place}
    >
      <button type="button" tabIndex={-1} onClick={() => onSort(name)}>
        {key !== null && (
          <span className={styles["key"]} role="img" aria-label={key}>
            {name === partition ? "PK" : "SK"}
          </span>
        )}
        <span>{name}</span>
        <small>{types.join(" ")}</small>
        {isSorted && <i aria-hidden="true">{sorting.isDescending ? "↓" : "↑"}</i>}
      </button>
      <div className={styles["handle"]} onPointerDown={drag} aria-hidden="true" />
    </div>
  );
}
