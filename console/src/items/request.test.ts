import { describe, expect, test } from "vitest";
import {
  emptyCondition,
  emptyDraft,
  escaped,
  FILTER_OPERATORS,
  Incomplete,
  listed,
  request,
  steps,
} from "./request.ts";
import type { Condition, Draft, Keys } from "./request.ts";

const keys: Keys = { partition: { name: "customer#id", type: "S" }, sort: { name: "order", type: "N" } };
const query = (change: Partial<Draft>) => request("t", { ...emptyDraft, kind: "Query", ...change }, keys).body;
const scan = (...conditions: Condition[]) =>
  request("t", { ...emptyDraft, groups: [{ join: "AND", conditions }] }, keys).body;

describe("a query", () => {
  test("names its keys by placeholders, so that any name works", () => {
    expect(query({ partition: "c,1" })).toEqual({
      TableName: "t",
      KeyConditionExpression: "#n0 = :v0",
      ExpressionAttributeNames: { "#n0": "customer#id" },
      ExpressionAttributeValues: { ":v0": { S: "c,1" } },
    });
  });
  test.each([
    ["=", "#n1 = :v1"],
    ["<", "#n1 < :v1"],
    [">=", "#n1 >= :v1"],
    ["between", "#n1 BETWEEN :v1 AND :v2"],
    ["begins_with", "begins_with(#n1, :v1)"],
  ] as const)("compares the sort key by %s", (operator, text) => {
    const body = query({ partition: "a", sort: { operator, value: "1.50", upper: "2" } });
    expect(body["KeyConditionExpression"]).toBe(`#n0 = :v0 AND ${text}`);
    expect(body["ExpressionAttributeValues"]).toMatchObject({ ":v1": { N: "1.50" } });
  });
  test("wants its partition key", () => {
    expect(() => query({})).toThrow(Incomplete);
  });
  test("refuses what is no number", () => {
    expect(() => query({ partition: "a", sort: { operator: "=", value: "1,5", upper: "" } })).toThrow("not a number");
  });
});

describe("a filter", () => {
  test.each(FILTER_OPERATORS)("can be %s", (operator) => {
    const type = "S" as const;
    const value = operator.startsWith("size") ? "3" : "x";
    const body = scan({ ...emptyCondition, path: "size", operator, type, value, upper: "y" });
    expect(body["FilterExpression"]).toContain("#n0");
    expect(body["ExpressionAttributeNames"]).toEqual({ "#n0": "size" });
  });
  test("joins groups with parentheses", () => {
    const condition = { ...emptyCondition, path: "a", value: "1" };
    const groups = [
      { join: "OR" as const, conditions: [condition, condition] },
      { join: "AND" as const, conditions: [condition] },
    ];
    const { body } = request("t", { ...emptyDraft, groups }, keys);
    expect(body["FilterExpression"]).toBe("(#n0 = :v0 OR #n0 = :v1) AND #n0 = :v2");
  });
  test("without values has no map of values", () => {
    expect(scan({ ...emptyCondition, path: "a", operator: "attribute_exists" })).not.toHaveProperty(
      "ExpressionAttributeValues",
    );
  });
});

describe("a path", () => {
  test.each([
    ["a.b[0][1].c", ["a", "b", 0, 1, "c"]],
    ["a\\.b", ["a.b"]],
    ["a[x]", ["a[x]"]],
    ["with space", ["with space"]],
  ])("%s has its steps", (path, expected) => {
    expect(steps(path)).toEqual(expected);
  });
  test.each(["", "a.", ".a", "[0]", "a..b", "a[0]b"])("%j is none", (path) => {
    expect(() => steps(path)).toThrow(Incomplete);
  });
  test.each(["a.b", "a[0]", "back\\slash", "a\\.b[1].c"])("of the name %s means just it", (name) => {
    expect(steps(escaped(name))).toEqual([name]);
  });
});

test("values of a list are separated by commas", () => {
  expect(listed("a, b\\,c ,d")).toEqual(["a", "b,c", "d"]);
});
