// The columns: found in what was loaded, laid out as the person wants them.

import { parted, type Item, type Type } from "./values.ts";

export interface Column {
  name: string;
  /** The types that its values have, the most frequent first. */
  types: Type[];
  count: number;
}

export interface Layout {
  /** Names in the order wanted; others follow. */
  order: string[];
  hidden: string[];
  pinned: string[];
  /** Numbers shown as dates. */
  dates: string[];
  widths: Record<string, number>;
}

export const emptyLayout: Layout = { order: [], hidden: [], pinned: [], dates: [], widths: {} };

const WIDTH_MIN = 60;
const WIDTH_MAX = 900;

export const clamped = (width: number): number => Math.round(Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width)));

/** Counts the attributes and types of items; goes on from what was counted of earlier ones. */
export class Census {
  private readonly counts = new Map<string, Map<Type, number>>();

  add(items: Item[]): void {
    for (const item of items) {
      for (const [name, value] of Object.entries(item)) {
        const types = this.counts.get(name) ?? new Map<Type, number>();
        this.counts.set(name, types);
        const [type] = parted(value);
        types.set(type, (types.get(type) ?? 0) + 1);
      }
    }
  }

  /** Keys first, then what most items have; at equal counts as they turned up. */
  columns(keys: string[]): Column[] {
    const found = [...this.counts].map(([name, types]) => ({
      name,
      types: [...types].sort((one, other) => other[1] - one[1]).map(([type]) => type),
      count: [...types.values()].reduce((sum, each) => sum + each, 0),
    }));
    const rank = (name: string) => (keys.includes(name) ? keys.indexOf(name) : keys.length);
    const missing = keys.filter((name) => !this.counts.has(name)).map((name) => ({ name, types: [], count: 0 }));
    return [...missing, ...found].sort((one, other) => rank(one.name) - rank(other.name) || other.count - one.count);
  }
}

/** The columns in the order wanted. */
export function ordered(columns: Column[], { order }: Layout): Column[] {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...columns].sort((one, other) => place(one.name) - place(other.name));
}

/** The columns that show: the pinned ones first. */
export function shown(columns: Column[], layout: Layout): Column[] {
  const visible = ordered(columns, layout).filter(({ name }) => !layout.hidden.includes(name));
  const isPinned = ({ name }: Column) => layout.pinned.includes(name);
  return [...visible.filter(isPinned), ...visible.filter((column) => !isPinned(column))];
}

/** Moves a column one place. */
export function moved(columns: Column[], layout: Layout, name: string, by: -1 | 1): Layout {
  const names = ordered(columns, layout).map((column) => column.name);
  const from = names.indexOf(name);
  const other = names[from + by];
  if (from < 0 || other === undefined) return layout;
  names[from + by] = name;
  names[from] = other;
  return { ...layout, order: names };
}

export const toggled = (names: string[], name: string): string[] =>
  names.includes(name) ? names.filter((each) => each !== name) : [...names, name];

/** A layout as it was kept, where it is one. */
export function layoutOf(kept: unknown): Layout {
  if (typeof kept !== "object" || kept === null) return emptyLayout;
  const given = kept as Record<string, unknown>;
  const names = (value: unknown) =>
    Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
  const widths = Object.entries((given["widths"] ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return {
    order: names(given["order"]),
    hidden: names(given["hidden"]),
    pinned: names(given["pinned"]),
    dates: names(given["dates"]),
    widths: Object.fromEntries(widths.map(([name, width]) => [name, clamped(width)])),
  };
}
