// Items of a reply as a table. Only the rows in sight exist.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import styles from "./queries.module.css";
import { cell, columnsOf, type Item } from "./results.ts";

const ROW_PIXELS = 32;

export function ItemsTable({ items }: { items: { table: string | null; item: Item }[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(items.map(({ item }) => item)), [items]);
  const hasTables = items.some(({ table }) => table !== null);
  // The compiler leaves components with it alone, as it gives functions that change.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  if (items.length === 0) return <p className={styles["empty"]}>No items.</p>;
  return (
    // Scrolling needs the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={styles["items"]} tabIndex={0} role="region" aria-label="Items, scrollable">
      <table aria-label="Items" aria-rowcount={items.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className={styles["number"]}>
              #
            </th>
            {hasTables && <th scope="col">Table</th>}
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden="true" style={{ blockSize: before }} />}
          {shown.map(({ index }) => {
            const entry = items[index];
            if (entry === undefined) return null;
            return (
              <tr key={index} aria-rowindex={index + 2}>
                <td className={styles["number"]}>{index + 1}</td>
                {hasTables && <td>{entry.table}</td>}
                {columns.map((name) => {
                  const { text, type } = cell(entry.item[name]);
                  return (
                    <td key={name} data-type={type} title={text}>
                      {text}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          {after > 0 && <tr aria-hidden="true" style={{ blockSize: after }} />}
        </tbody>
      </table>
    </div>
  );
}
