import { expect, test } from "vitest";
import { tagChanges, tagFaults } from "./tagging.ts";

const tag = (Key: string, Value = "") => ({ Key, Value });

test("only what differs is set or removed", () => {
  const before = [tag("a", "1"), tag("b", "1"), tag("c", "1")];
  expect(tagChanges(before, [tag("a", "1"), tag("b", "2"), tag("d", "1")])).toEqual({
    set: [tag("b", "2"), tag("d", "1")],
    removed: ["c"],
  });
  expect(tagChanges(before, before)).toEqual({ set: [], removed: [] });
});

test("a key is there, and once", () => {
  expect(tagFaults([tag("a"), tag(""), tag("a"), tag("x".repeat(129))]).map(Boolean)).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
