// From the server's positions to the editor's.

import type { Text } from "@codemirror/state";
import type { Position } from "../api.ts";

/** Lines and columns count from 1, columns in characters; the editor counts UTF-16 units from 0. */
export function rangeOf(document: Text, { line, column, length }: Position): { from: number; to: number } {
  const { from, text } = document.line(Math.min(Math.max(line, 1), document.lines));
  const letters = Array.from(text);
  const start = from + letters.slice(0, column - 1).join("").length;
  const rest = document.sliceString(start);
  const end =
    start +
    Array.from(rest.slice(0, 2 * Math.max(length, 1)))
      .slice(0, Math.max(length, 1))
      .join("").length;
  return { from: Math.min(start, document.length), to: Math.min(end, document.length) };
}
