import { expect, test } from "vitest";
import { differences, keyText, text, type Image, type Value } from "./values.ts";

test.each<[Value, string]>([
  [{ S: 'a "b"' }, '"a \\"b\\""'],
  [{ N: "1.50000000000000000000000000000000001" }, "1.50000000000000000000000000000000001"],
  [{ BOOL: true }, "true"],
  [{ NULL: true }, "null"],
  [{ B: "AQ==" }, '"AQ=="'],
  [{ NS: ["1", "2.0"] }, "{1, 2.0}"],
  [{ SS: ["a", "b"] }, '{"a", "b"}'],
  [{ L: [{ N: "1" }, { S: "x" }] }, '[1, "x"]'],
  [{ M: { a: { M: {} } } }, '{"a": {}}'],
])("%j reads as %s", (value, shown) => expect(text(value)).toBe(shown));

const kinds = (before: Image | undefined, after: Image | undefined, keys: Image = {}) =>
  differences(before, after, keys).map(({ name, kind }) => `${name} ${kind}`);

test("what was added, removed and changed comes before what was not", () => {
  const before = { a: { N: "1" }, b: { N: "1" }, d: { N: "1" } };
  const after = { a: { N: "1" }, b: { N: "1.0" }, c: { S: "" } };
  expect(kinds(before, after)).toEqual(["b changed", "c added", "d removed", "a same"]);
});

test("keys come first", () => {
  const keys = { z: { S: "1" } };
  expect(kinds({ ...keys, a: { N: "1" } }, { ...keys, a: { N: "2" } }, keys)).toEqual(["z same", "a changed"]);
});

test("of a record without images the keys are shown", () => {
  expect(differences(undefined, undefined, { id: { S: "1" } })).toEqual([
    { name: "id", kind: "same", before: { S: "1" }, after: { S: "1" } },
  ]);
});

test("the order of members and of sets is no change", () => {
  const before: Image = { m: { M: { a: { N: "1" }, b: { SS: ["x", "y"] } } } };
  const after: Image = { m: { M: { b: { SS: ["y", "x"] }, a: { N: "1" } } } };
  expect(kinds(before, after)).toEqual(["m same"]);
  expect(kinds({ l: { L: [{ N: "1" }, { N: "2" }] } }, { l: { L: [{ N: "2" }, { N: "1" }] } })).toEqual(["l changed"]);
});

test("a type is part of a value", () => expect(kinds({ a: { N: "1" } }, { a: { S: "1" } })).toEqual(["a changed"]));

test("a key reads in a line", () => expect(keyText({ id: { S: "a" }, at: { N: "5" } })).toBe('id: "a" · at: 5'));
