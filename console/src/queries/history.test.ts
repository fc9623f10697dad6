import { expect, test } from "vitest";
import { ENTRIES_MAX, find, remember, type Entry } from "./history.ts";

const entry = (text: string, command = "Scan"): Entry => ({
  atMs: 0,
  place: { connection: "local" },
  command,
  text,
  mode: "auto",
  outcome: "success",
  elapsedMs: 1,
});

test("the newest comes first", () =>
  expect(remember([entry("a")], entry("b")).map(({ text }) => text)).toEqual(["b", "a"]));
test("what is run again is there once", () =>
  expect(remember([entry("a"), entry("b")], entry("b")).map(({ text }) => text)).toEqual(["b", "a"]));
test("the same body at another place is another query", () =>
  expect(remember([entry("a")], { ...entry("a"), place: { connection: "other" } })).toHaveLength(2));
test("there are never too many", () => {
  let entries: Entry[] = [];
  for (let count = 0; count < ENTRIES_MAX + 10; count += 1) entries = remember(entries, entry(String(count)));
  expect(entries).toHaveLength(ENTRIES_MAX);
  expect(entries[0]?.text).toBe(String(ENTRIES_MAX + 9));
});
test("a long body is not kept", () => expect(remember([], entry("x".repeat(30_000)))).toEqual([]));
test("all words are looked for in command and body", () => {
  const entries = [entry('{"TableName": "users"}', "Scan"), entry('{"TableName": "users"}', "Query")];
  expect(find(entries, "users que").map(({ command }) => command)).toEqual(["Query"]);
});
