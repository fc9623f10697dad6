import { expect, test } from "vitest";
import { Reader } from "./exposition.ts";
import { gauges, most, quantiles, rates } from "./rates.ts";

function snapshots(before: string, now: string, seconds = 10) {
  const reader = new Reader();
  return [reader.read(before, 0), reader.read(now, seconds * 1000)] as const;
}
const operation = (labels: Record<string, string>) => labels["operation"];

test("a rate is the growth by second", () => {
  const [before, now] = snapshots(
    'r{operation="Get"} 10\nr{operation="Put"} 5',
    'r{operation="Get"} 60\nr{operation="Put"} 5',
  );
  expect(rates(before, now, "r", operation)).toEqual(
    new Map([
      ["Get", 5],
      ["Put", 0],
    ]),
  );
});

test("series of one line add up, and others are left out", () => {
  const [before, now] = snapshots("", 'r{table="a",index=""} 10\nr{table="a",index="i"} 20\nr{table="b",index=""} 5');
  expect(rates(before, now, "r", ({ table }) => (table === "a" ? "a" : undefined))).toEqual(new Map([["a", 3]]));
});

test("a counter that is smaller began anew", () => {
  const [before, now] = snapshots("r 100", "r 20");
  expect(rates(before, now, "r", () => "r").get("r")).toBe(2);
});

test("snapshots of the same time have no rates", () => {
  const [before, now] = snapshots("r 1", "r 2", 0);
  expect(rates(before, now, "r", () => "r").size).toBe(0);
});

test("gauges add up by line", () => {
  const [, now] = snapshots("", 'g{table="a"} 1\ng{table="b"} 2');
  expect(gauges(now, "g", () => "all").get("all")).toBe(3);
});

const histogram = (counts: [string, number][]) => counts.map(([le, n]) => `h_bucket{le="${le}"} ${n}`).join("\n");

test("a quantile lies within its bucket, evenly", () => {
  const [before, now] = snapshots(
    histogram([
      ["1", 0],
      ["2", 0],
      ["+Inf", 0],
    ]),
    histogram([
      ["1", 50],
      ["2", 100],
      ["+Inf", 100],
    ]),
  );
  expect(quantiles(before, now, "h", [0.25, 0.5, 0.75, 1])).toEqual([0.5, 1, 1.5, 2]);
});

test("a quantile in the last bucket is where that begins", () => {
  const [before, now] = snapshots(
    "",
    histogram([
      ["1", 0],
      ["+Inf", 10],
    ]),
  );
  expect(quantiles(before, now, "h", [0.9])).toEqual([1]);
});

test("where nothing was counted there are no quantiles", () => {
  const same = histogram([
    ["1", 5],
    ["+Inf", 9],
  ]);
  expect(quantiles(...snapshots(same, same), "h", [0.5])).toEqual([undefined]);
});

test("lines that are not among the most are one", () => {
  const values = new Map([
    ["a", 9],
    ["b", 1],
    ["c", 2],
  ]);
  expect(most(values, ["a"])).toEqual(
    new Map([
      ["a", 9],
      ["others", 3],
    ]),
  );
  expect(most(values, ["a", "b", "c"]).has("others")).toBe(false);
});
