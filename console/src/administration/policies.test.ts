import { expect, test } from "vitest";
import { laidOut, policyFault, resourcePolicyExample, userPolicyExample } from "./policies.ts";

test.each(["", "{", "[]", "null", "{}"])("%j is no policy", (text) => expect(policyFault(text)).toBeDefined());

test("the examples are policies", () => {
  expect(policyFault(resourcePolicyExample("arn"))).toBeUndefined();
  expect(policyFault(userPolicyExample("us-east-1", "123456789012"))).toBeUndefined();
});

test("JSON is laid out, other text stays", () => {
  expect(laidOut('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(laidOut("{")).toBe("{");
});
