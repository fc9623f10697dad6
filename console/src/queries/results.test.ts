import { describe, expect, test } from "vitest";
import { cell, columnsOf, itemsOf, nextPage } from "./results.ts";

const count = (reply: object) => itemsOf(JSON.stringify(reply))?.length ?? null;

describe("items", () => {
  test("are those of a page", () => expect(count({ Items: [{ a: { S: "1" } }, {}], Count: 2 })).toBe(2));
  test("are the one item", () => expect(count({ Item: { a: { S: "1" } } })).toBe(1));
  test("are what was returned of a write", () => expect(count({ Attributes: { a: { S: "1" } } })).toBe(1));
  test("are those of all tables of a batch", () =>
    expect(itemsOf('{"Responses": {"a": [{"x": {"S": "1"}}], "b": [{}]}}')?.map(({ table }) => table)).toEqual([
      "a",
      "b",
    ]));
  test("are those that a transaction found", () =>
    expect(count({ Responses: [{ Item: { a: { S: "1" } } }, {}] })).toBe(1));
  test("are none of a description", () => expect(count({ Table: {} })).toBeNull());
  test("are none of what is no JSON", () => expect(itemsOf("<html>")).toBeNull());
});

test("columns that all items have come first", () =>
  expect(
    columnsOf([
      { z: { S: "" }, k: { S: "" } },
      { a: { S: "" }, k: { S: "" } },
    ]),
  ).toEqual(["k", "z", "a"]));

test.each([
  [{ N: "1.50" }, "1.50"],
  [{ S: "a" }, "a"],
  [{ BOOL: false }, "false"],
  [{ NULL: true }, "null"],
  [{ L: [{ N: "1.0" }, { S: "x" }] }, '[1.0, "x"]'],
  [{ M: { a: { NS: ["1", "2"] } } }, "{a: {1, 2}}"],
  [{ SS: ["a"] }, '{"a"}'],
  [undefined, ""],
])("%j shows as %s", (value, text) => expect(cell(value).text).toBe(text));

describe("the next page", () => {
  const reply = { raw: '{"LastEvaluatedKey": {"n": {"N": "1.00"}}}', plain: '{"LastEvaluatedKey": {"n": 1.00}}' };
  test("begins after the last key, with its digits", () => {
    expect(nextPage(reply, "auto")).toEqual({ member: "ExclusiveStartKey", value: '{"n": {"N": "1.00"}}' });
    expect(nextPage(reply, "plain")?.value).toBe('{"n": 1.00}');
  });
  test("is not there at the end", () => expect(nextPage({ raw: '{"Items": []}', plain: "{}" }, "auto")).toBeNull());
});
