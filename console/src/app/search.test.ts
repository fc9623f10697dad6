import { expect, test } from "vitest";
import { search } from "./search.ts";

const all = ["GetItem", "BatchGetItem", "PutItem", "Query", "ListTables", "Tables"].map((title) => ({
  title,
  group: "",
}));
const found = (text: string) => search(all, text).map(({ title }) => title);

test("nothing typed finds everything in its order", () => expect(found(" ")).toHaveLength(all.length));
test("the start of a title comes before the start of a word in it", () =>
  expect(found("get")).toEqual(["GetItem", "BatchGetItem"]));
test("an exact title comes first", () => expect(found("tables")).toEqual(["Tables", "ListTables"]));
test("every word has to be found", () => expect(found("item batch")).toEqual(["BatchGetItem"]));
test("initials are found", () => expect(found("bgi")).toEqual(["BatchGetItem"]));
test("what is nowhere is not found", () => expect(found("zzz")).toEqual([]));
