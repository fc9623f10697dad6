import { describe, expect, test } from "vitest";
import { reasons, Unwritable, writeOf } from "./changes.ts";
import { Malformed, read, write } from "./notation.ts";
import type { Item } from "./values.ts";

const before: Item = { id: { S: "1" }, size: { N: "1.50" }, old: { BOOL: true } };

describe("an edit", () => {
  test("touches only what it changes, and wants all to be as it was read", () => {
    const after: Item = { id: { S: "1" }, size: { N: "2" }, new: { S: "x" } };
    expect(writeOf("t", ["id"], { before, after })).toEqual({
      kind: "Update",
      request: {
        TableName: "t",
        Key: { id: { S: "1" } },
        UpdateExpression: "SET #n0 = :v0, #n1 = :v1 REMOVE #n2",
        ConditionExpression: "#n3 = :v2 AND #n0 = :v3 AND #n2 = :v4 AND attribute_not_exists(#n1)",
        ExpressionAttributeNames: { "#n0": "size", "#n1": "new", "#n2": "old", "#n3": "id" },
        ExpressionAttributeValues: {
          ":v0": { N: "2" },
          ":v1": { S: "x" },
          ":v2": { S: "1" },
          ":v3": { N: "1.50" },
          ":v4": { BOOL: true },
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    });
  });
  test("that changes nothing, or the key, is refused", () => {
    expect(() => writeOf("t", ["id"], { before, after: before })).toThrow(Unwritable);
    expect(() => writeOf("t", ["id"], { before, after: { ...before, id: { S: "2" } } })).toThrow("Duplicate");
    expect(() => writeOf("t", ["id"], { before: null, after: {} })).toThrow("missing");
  });
  test("of nothing is a Put where no item is, to nothing a Delete", () => {
    expect(writeOf("t", ["id"], { before: null, after: before })).toMatchObject({
      kind: "Put",
      request: { ConditionExpression: "attribute_not_exists(#n0)" },
    });
    expect(writeOf("t", ["id"], { before, after: null }).kind).toBe("Delete");
  });
});

test("a cancelled transaction names who is to blame", () => {
  const CancellationReasons = [{ Code: "None" }, { Code: "ConditionalCheckFailed", Message: "no" }];
  expect(reasons({ CancellationReasons })).toEqual([
    null,
    { code: "ConditionalCheckFailed", message: "no", item: null },
  ]);
});

describe("an item as text", () => {
  const item: Item = {
    s: { S: 'a "quoted"\nline' },
    n: { N: "12345678901234567890.10" },
    e: { N: "1E+100" },
    b: { B: "AAE=" },
    y: { BOOL: false },
    z: { NULL: true },
    m: { M: { S: { S: "a map called as a type" } } },
    d: { M: { x: { L: [{ N: "1.0" }, { M: {} }, { L: [] }] } } },
    ss: { SS: ["a"] },
    ns: { NS: ["1.0", "2"] },
  };
  test.each(["typed", "plain"] as const)("comes back from %s JSON", (notation) => {
    expect(read(write(item, notation), notation)).toEqual(item);
  });
  test.each(["", "[1]", "{", '{"a": }', '{"a": 1, "a": 2}', '{"a": 01}', '{"a": 1} 2', '{"a": 1,}', "{'a': 1}"])(
    "%j is refused",
    (text) => {
      expect(() => read(text, "plain")).toThrow(Malformed);
    },
  );
  test("of plain values is no typed one", () => {
    expect(() => read('{"a": {"N": 1}}', "typed")).toThrow("type N");
    expect(() => read('{"a": 1}', "typed")).toThrow("with its type");
  });
});
