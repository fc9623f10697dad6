import { expect, test } from "vitest";
import { parameterJson, parameterValue } from "./parameters.ts";

const cases: [string, string, string][] = [
  ["5", "5", "number"],
  ['"5"', '"5"', "text"],
  ["team_1", '"team_1"', "text"],
  ['say "x"', '"say \\"x\\""', "text"],
  ["true", "true", "true or false"],
  ["null", "null", "null"],
  ["[1]", "[1]", "list"],
  ['{"S": "a"}', '{"S": "a"}', "object"],
  ["12345678901234567890.10", "12345678901234567890.10", "number"],
];
test.each(cases)("%s is sent as %s, %s", (typed, json, kind) => expect(parameterValue(typed)).toEqual({ json, kind }));

test("a parameter without a value is left out", () =>
  expect(parameterJson(["a", "b"], { a: "1", c: "2" })).toEqual({ a: "1" }));
