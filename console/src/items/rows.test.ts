import { describe, expect, test } from "vitest";
import { emptyLayout, Census, moved, shown } from "./columns.ts";
import { compareNumbers, visible } from "./rows.ts";
import { dateOf, isSame, short, type Item } from "./values.ts";

const items: Item[] = [{ a: { N: "10" }, b: { S: "Ten" } }, { a: { N: "9" } }, { b: { S: "none" } }];

describe("rows", () => {
  test.each([
    ["10", "9", 1],
    ["-10", "9", -1],
    ["-10", "-9", -1],
    ["0.10", "0.1", 0],
    ["1e3", "999", 1],
    ["0", "-0.0", 0],
    ["12345678901234567890.1", "12345678901234567890.2", -1],
    ["0.05", "0.5", -1],
  ])("%s against %s by digits is %s", (one, other, expected) => {
    expect(Math.sign(compareNumbers(one, other))).toBe(expected);
  });
  test("are sorted with those without the attribute at the end either way", () => {
    expect(visible(items, "", { name: "a", isDescending: false })).toEqual([1, 0, 2]);
    expect(visible(items, "", { name: "a", isDescending: true })).toEqual([0, 1, 2]);
  });
  test("are filtered without regard to case", () => {
    expect(visible(items, "TEN", null)).toEqual([0]);
  });
});

describe("columns", () => {
  const census = new Census();
  census.add(items);
  test("begin with the keys, then what most items have", () => {
    expect(census.columns(["b"]).map(({ name }) => name)).toEqual(["b", "a"]);
  });
  test("show pinned first and hide hidden", () => {
    const columns = census.columns([]);
    expect(shown(columns, { ...emptyLayout, pinned: ["b"], hidden: ["a"] }).map(({ name }) => name)).toEqual(["b"]);
    expect(moved(columns, emptyLayout, "a", 1).order).toEqual(["b", "a"]);
  });
});

describe("a value", () => {
  test("shows every digit", () => {
    expect(short({ N: "12345678901234567890.10" })).toBe("12345678901234567890.10");
    expect(short({ M: { a: { L: [{ S: "x" }, { N: "1.0" }, { NULL: true }] } } })).toBe('{a: ["x", 1.0, null]}');
  });
  test("is the same set in another order", () => {
    expect(isSame({ SS: ["a", "b"] }, { SS: ["b", "a"] })).toBe(true);
    expect(isSame({ L: [{ S: "a" }] }, { L: [{ S: "b" }] })).toBe(false);
  });
  test("can be a date in seconds or milliseconds", () => {
    expect(dateOf({ N: "1700000000" })).toBe("2023-11-14 22:13:20 UTC");
    expect(dateOf({ N: "1700000000123" })).toBe("2023-11-14 22:13:20.123 UTC");
    expect(dateOf({ N: "12" })).toBeNull();
  });
});
