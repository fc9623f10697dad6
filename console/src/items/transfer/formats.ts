// The forms that items have in files.

import type { ItemFormat } from "../../api.ts";

export interface FileFormat {
  id: ItemFormat;
  label: string;
  description: string;
  extension: string;
  media: string;
}

export const formats: [FileFormat, ...FileFormat[]] = [
  {
    id: "jsonl",
    label: "JSON Lines",
    description: "A line of plain JSON for each item",
    extension: "jsonl",
    media: "application/jsonl",
  },
  {
    id: "csv",
    label: "CSV",
    description: "A column for each attribute, with its type",
    extension: "csv",
    media: "text/csv",
  },
  {
    id: "dynamodb-json",
    label: "DynamoDB JSON",
    description: "As Amazon's exports and imports have it",
    extension: "json",
    media: "application/json",
  },
];

export const formatOf = (id: ItemFormat): FileFormat => formats.find((each) => each.id === id) ?? formats[0];

/** The form that a file's name promises, if it does. */
export function formatOfFile(name: string): ItemFormat | null {
  const extension = /\.([^.]+)$/.exec(name.toLowerCase())?.[1];
  if (extension === "ndjson") return "jsonl";
  return formats.find((each) => each.extension === extension)?.id ?? null;
}
