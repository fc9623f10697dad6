import { describe, expect, test } from "vitest";
import { memberString, memberText, parameterNames, withMember } from "./tree.ts";

describe("a member of a body", () => {
  test("is found among comments and trailing commas", () =>
    expect(memberString('{ // "TableName": "a"\n "TableName": "users", }', "TableName")).toBe("users"));
  test("is found in a body that is not finished", () =>
    expect(memberString('{"TableName": "users", "Key": {', "TableName")).toBe("users"));
  test("keeps its digits", () =>
    expect(memberText('{"n": 12345678901234567890.00}', "n")).toBe("12345678901234567890.00"));
  test("is none of a nested one", () => expect(memberText('{"a": {"b": 1}}', "b")).toBeUndefined());
});

describe("setting a member", () => {
  test("replaces only its value", () =>
    expect(withMember('{ "a": 1, // one\n "b": 2 }', "a", "3")).toBe('{ "a": 3, // one\n "b": 2 }'));
  test("adds it in a line of its own", () =>
    expect(withMember('{\n  "a": 1\n}', "b", "2")).toBe('{\n  "a": 1,\n  "b": 2\n}'));
  test("adds it after a trailing comma's member", () =>
    expect(withMember('{\n  "a": 1,\n}', "b", "2")).toBe('{\n  "a": 1,\n  "b": 2,\n}'));
  test("adds it to a line", () => expect(withMember('{"a": 1}', "b", "2")).toBe('{"a": 1, "b": 2}'));
  test("fills an empty object", () => expect(withMember("{}", "b", "2")).toBe('{"b": 2}'));
  test("makes a body of nothing", () => expect(withMember(" ", "b", "2")).toBe('{ "b": 2 }'));
});

describe("parameters", () => {
  test("are named once, in order", () =>
    expect(parameterNames('{"a": {{ x }}, "b": "{{y}}", "c": {{ x }}}')).toEqual(["x", "y"]));
  test("may stand for a member's name, and have any letters", () =>
    expect(parameterNames('{{{ größe }}: 1, "{{ 2nd-key }}": 2}')).toEqual(["größe", "2nd-key"]));
  test("in comments are none", () => expect(parameterNames('{"a": 1 /* {{ x }} */}')).toEqual([]));
});
