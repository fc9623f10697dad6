import { expect, test } from "vitest";
import type { Image } from "../streams/values.ts";
import { columns, typeName } from "./structure.ts";

test("a column counts the items that have it, and the types that it has there", () => {
  const items = [
    { id: { S: "a" }, n: { N: "1" } },
    { id: { S: "b" }, n: { S: "x" } },
    { id: { S: "c" }, n: { N: "2" } },
  ];
  expect(columns(items, ["id"])).toEqual([
    { name: "id", count: 3, types: [["S", 3]], examples: ['"a"', '"b"', '"c"'] },
    {
      name: "n",
      count: 3,
      types: [
        ["N", 2],
        ["S", 1],
      ],
      examples: ["1", '"x"', "2"],
    },
  ]);
});

test("keys come first, then what most items have, then by name", () => {
  const items: Image[] = [
    { z: { S: "" }, y: { S: "" }, b: { N: "1" }, a: { N: "1" } },
    { z: { S: "" }, y: { S: "" }, often: { N: "1" } },
    { z: { S: "" }, y: { S: "" }, often: { N: "1" } },
  ];
  expect(columns(items, ["z", "y"]).map(({ name }) => name)).toEqual(["z", "y", "often", "a", "b"]);
});

test("an example is short, and is there once", () => {
  const items = [{ a: { S: "x".repeat(200) } }, { a: { S: "x".repeat(200) } }];
  const [column] = columns(items, []);
  expect(column?.examples).toHaveLength(1);
  expect(column?.examples[0]).toHaveLength(60);
});

test("types have names", () => expect([typeName("NS"), typeName("X")]).toEqual(["Number set", "X"]));
