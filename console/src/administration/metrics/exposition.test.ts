import { expect, test } from "vitest";
import { Reader } from "./exposition.ts";

const read = (text: string) =>
  [...new Reader().read(text, 0).values].map(([{ name, labels }, value]) => [name, labels, value]);

test("names, labels and values are read, comments are not", () => {
  expect(
    read('# HELP a What it is\n# TYPE a counter\na_total{operation="GetItem",le="+Inf"} 3\nb 0.5\n# EOF\n'),
  ).toEqual([
    ["a_total", { operation: "GetItem", le: "+Inf" }, 3],
    ["b", {}, 0.5],
  ]);
});

test("a label may hold quotes, braces, spaces and lines", () => {
  expect(read('a{b="x \\"y\\" } {",c="1\\n2\\\\"} 1')).toEqual([["a", { b: 'x "y" } {', c: "1\n2\\" }, 1]]);
});

test("a time and an exemplar after the value are left", () => {
  expect(read('a{b="c"} 2 1700000000 # {trace="x"} 1')).toEqual([["a", { b: "c" }, 2]]);
});

test.each([
  ["a +Inf", Infinity],
  ["a -Inf", -Infinity],
  ["a 1e3", 1000],
])("%s has the value %s", (line, value) => expect(read(line)).toEqual([["a", {}, value]]));

test.each(["a NaN", "a", "{} 1", "a x"])("%s tells nothing", (line) => expect(read(line)).toEqual([]));

test("a series of one text is the same in the next", () => {
  const reader = new Reader();
  const [before, after] = [reader.read('a{b="c"} 1', 0), reader.read('a{b="c"} 2', 5)];
  const [series] = before.values.keys();
  expect(series && after.values.get(series)).toBe(2);
});
