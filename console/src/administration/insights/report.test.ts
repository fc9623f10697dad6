import { expect, test } from "vitest";
import { pointsOf, queryOf, titleOf, unitOf, type Rule } from "./report.ts";

const rule: Rule = {
  RuleName: "DynamoDBContributorInsights-PKC-orders-1795848806146",
  Unit: "ConsumedThroughputUnits",
  Total: 3,
  Contributors: [],
  Minutes: [{ Time: 120, Total: 3, MaxContributorValue: 2 }],
};

test("a rule is called by what it finds", () => {
  expect([titleOf(rule), unitOf(rule)]).toEqual(["Most used partition keys", "units"]);
  expect(unitOf({ ...rule, Unit: "ThrottleCount" })).toBe("throttled requests");
});

test("minutes without a count are zero", () => {
  expect(pointsOf(rule, 3, 200)).toEqual({
    times: [60, 120, 180],
    lines: [
      { name: "all keys", values: [0, 3, 0] },
      { name: "the first key", values: [0, 2, 0] },
    ],
  });
});

test("only what is known is asked with", () => {
  const asked = { table: "t", index: null, minutes: 60, region: "r", account: undefined };
  expect(queryOf(asked)).toBe("table=t&minutes=60&region=r");
  expect(queryOf({ ...asked, index: "i", account: "1" })).toBe("table=t&index=i&minutes=60&region=r&account=1");
});
