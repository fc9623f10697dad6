import { expect, test } from "vitest";
import { emptyField, fieldsOf, itemOf, ordered, retyped } from "./fields.ts";
import type { Item } from "./values.ts";

const item: Item = {
  text: { S: 'a "b"\n' },
  id: { N: "12345678901234567890.5" },
  bytes: { B: "AAE=" },
  yes: { BOOL: false },
  none: { NULL: true },
  map: { M: { S: { S: "one member, called as a type is" } } },
  list: { L: [{ N: "1.50" }, { SS: ["a"] }, { M: {} }] },
  texts: { SS: ["a,b", "c"] },
  numbers: { NS: ["1", "2.50"] },
  more: { BS: ["AAE="] },
};

test("an item is the same after it was a form", () => {
  const fields = fieldsOf(item, ["id"]);
  expect(fields[0]).toMatchObject({ name: "id", type: "N", text: "12345678901234567890.5" });
  expect(itemOf(fields)).toEqual(item);
});

test("attributes stay in their order, and new ones come last", () => {
  const names = Object.keys(ordered({ new: { S: "" }, ...itemOf(fieldsOf(item, ["id"])) }, item));
  expect(names).toEqual([...Object.keys(item), "new"]);
});

test("what is no value of its type is told by its attribute", () => {
  const field = (type: "L" | "NS" | "M", text: string) => [{ ...emptyField(), name: "a", type, text }];
  expect(() => itemOf(field("L", "{}"))).toThrow("a: A list is expected");
  expect(() => itemOf(field("NS", "[true]"))).toThrow("a: A list of numbers");
  expect(() => itemOf(field("M", "[]"))).toThrow("a: A map of attributes");
  expect(() => itemOf(field("M", "{"))).toThrow("a: ");
});

test("a name is needed, once", () => {
  const named = { ...emptyField(), name: "a" };
  expect(() => itemOf([emptyField()])).toThrow("no name");
  expect(() => itemOf([named, { ...named, id: -1 }])).toThrow("twice");
});

test("text stays when a text becomes a number, and not when it becomes a list", () => {
  const field = { ...emptyField(), text: "5" };
  expect(retyped(field, "N").text).toBe("5");
  expect(retyped(field, "L").text).toBe("[]");
  expect(retyped(retyped(field, "L"), "S").text).toBe("");
});
