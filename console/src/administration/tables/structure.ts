// What the items of a table look like, as far as a sample of them tells: DynamoDB itself knows the keys only.

import { text, typeOf, type Image } from "../streams/values.ts";

export interface Column {
  name: string;
  /** In how many items of the sample it is. */
  count: number;
  /** How often each type was seen, the most frequent first. */
  types: [string, number][];
  /** Values seen first, as text, each once. */
  examples: string[];
}

const EXAMPLES_MAX = 3;
const EXAMPLE_LETTERS_MAX = 60;

/** The columns of a sample: those of the keys first, then by how many items have them. */
export function columns(items: readonly Image[], keys: readonly string[]): Column[] {
  const found = new Map<string, { count: number; types: Map<string, number>; examples: Set<string> }>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const column = found.get(name) ?? { count: 0, types: new Map<string, number>(), examples: new Set<string>() };
      found.set(name, column);
      column.count += 1;
      const type = typeOf(value);
      column.types.set(type, (column.types.get(type) ?? 0) + 1);
      if (column.examples.size < EXAMPLES_MAX) column.examples.add(shortened(text(value)));
    }
  }
  const rank = (name: string) => (keys.includes(name) ? keys.indexOf(name) : keys.length);
  return [...found]
    .map(([name, { count, types, examples }]) => ({
      name,
      count,
      types: [...types].sort(([, a], [, b]) => b - a),
      examples: [...examples],
    }))
    .sort((a, b) => rank(a.name) - rank(b.name) || b.count - a.count || (a.name < b.name ? -1 : 1));
}

function shortened(value: string): string {
  return value.length > EXAMPLE_LETTERS_MAX ? `${value.slice(0, EXAMPLE_LETTERS_MAX - 1)}…` : value;
}

const TYPES: Record<string, string> = {
  S: "String",
  N: "Number",
  B: "Binary",
  BOOL: "Boolean",
  NULL: "Null",
  L: "List",
  M: "Map",
  SS: "String set",
  NS: "Number set",
  BS: "Binary set",
};

/** A type's name for people: `N` is Number. */
export function typeName(type: string): string {
  return TYPES[type] ?? type;
}
