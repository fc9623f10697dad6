import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { rangeOf } from "./position.ts";

const at = (text: string, line: number, column: number, length: number) => {
  const document = Text.of(text.split("\n"));
  const { from, to } = rangeOf(document, { line, column, length });
  return document.sliceString(from, to);
};

test("lines and columns count from one", () => expect(at('{\n  "a": 1\n}', 2, 3, 3)).toBe('"a"'));
test("a column counts characters, not units", () => expect(at('"😀": 1', 1, 6, 1)).toBe("1"));
test("a length may go over lines", () => expect(at("{\n  1\n}", 1, 1, 5)).toBe("{\n  1"));
test("what is beyond the text is at its end", () => expect(at("{}", 9, 9, 4)).toBe(""));
test("nothing is at least a character", () => expect(at("{}", 1, 1, 0)).toBe("{"));
