import { describe, expect, test } from "vitest";
import { nothingStaged, redo, stage, undo, waiting, without } from "./staged.ts";
import type { Item } from "./values.ts";

const keys = ["id"];
const one: Item = { id: { S: "1" }, a: { N: "1" } };
const two: Item = { id: { S: "1" }, a: { N: "2" } };
const three: Item = { id: { S: "1" }, a: { N: "3" } };

describe("staged changes", () => {
  const first = stage(nothingStaged, keys, [{ before: one, after: two }]);
  test("of one item are one", () => {
    const second = stage(first, keys, [{ before: two, after: three }]);
    expect(second.now).toEqual([{ before: one, after: three }]);
    expect(waiting(second, keys, one)?.after).toBe(three);
  });
  test("that lead back vanish", () => {
    expect(stage(first, keys, [{ before: two, after: one }]).now).toEqual([]);
    const created = stage(nothingStaged, keys, [{ before: null, after: one }]);
    expect(stage(created, keys, [{ before: one, after: null }]).now).toEqual([]);
  });
  test("are undone and redone", () => {
    expect(undo(first).now).toEqual([]);
    expect(redo(undo(first)).now).toEqual(first.now);
    expect(undo(nothingStaged).now).toEqual([]);
    expect(redo(first).now).toEqual(first.now);
  });
  test("can be discarded, which can be undone", () => {
    const discarded = without(first, first.now);
    expect(discarded.now).toEqual([]);
    expect(undo(discarded).now).toEqual(first.now);
  });
});
