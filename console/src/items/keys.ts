// The keys of a table and of its indexes, from its description.

import type { KeyElement, TableDescription } from "../components/tables.ts";
import type { Key, Keys } from "./request.ts";
import type { Item } from "./values.ts";

const indexesOf = (table: TableDescription) => [
  ...(table.GlobalSecondaryIndexes ?? []).map((index) => ({ index, isGlobal: true })),
  ...(table.LocalSecondaryIndexes ?? []).map((index) => ({ index, isGlobal: false })),
];

export const indexNames = (table: TableDescription): { name: string; isGlobal: boolean }[] =>
  indexesOf(table).map(({ index, isGlobal }) => ({ name: index.IndexName, isGlobal }));

/** The keys of the table, or of an index of it. */
export function keysOf(table: TableDescription, index: string | null): Keys {
  const found = indexesOf(table).find((each) => each.index.IndexName === index);
  const schema: KeyElement[] = found?.index.KeySchema ?? table.KeySchema;
  const key = (kind: KeyElement["KeyType"]): Key | null => {
    const name = schema.find(({ KeyType }) => KeyType === kind)?.AttributeName;
    if (name === undefined) return null;
    const definition = table.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name);
    return { name, type: definition?.AttributeType ?? "S" };
  };
  return { partition: key("HASH") ?? { name: "", type: "S" }, sort: key("RANGE") };
}

export const keyNames = ({ partition, sort }: Keys): string[] =>
  sort === null ? [partition.name] : [partition.name, sort.name];

/** An item that has its keys, and nothing in them yet. */
export const emptyItem = ({ partition, sort }: Keys): Item =>
  Object.fromEntries(
    [partition, ...(sort === null ? [] : [sort])].map(({ name, type }) => [name, { [type]: type === "N" ? "0" : "" }]),
  );
