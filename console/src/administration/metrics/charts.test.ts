import { expect, test } from "vitest";
import { charts, errors, tablesOf, type Scope } from "./charts.ts";
import { Reader } from "./exposition.ts";
import { added, LINES_MAX, points, remembered } from "./history.ts";

const here = { account: "1", region: "r" };
const place = 'account="1",region="r"';
const reader = new Reader();
const before = reader.read("", 0);
const now = reader.read(
  [
    'pixii_requests_total{operation="GetItem"} 100',
    'pixii_requests_total{operation=""} 0',
    'pixii_errors_total{operation="GetItem",error="ValidationException",class="user"} 20',
    'pixii_errors_total{operation="PutItem",error="ThrottlingException",class="throttle"} 30',
    'pixii_request_duration_seconds_sum{operation="GetItem"} 0.5',
    'pixii_request_duration_seconds_count{operation="GetItem"} 100',
    'pixii_request_duration_seconds_bucket{le="1",operation="GetItem"} 100',
    'pixii_request_duration_seconds_bucket{le="+Inf",operation="GetItem"} 100',
    `pixii_consumed_read_units_total{${place},table="a",index=""} 50`,
    `pixii_consumed_read_units_total{${place},table="a",index="i"} 10`,
    `pixii_consumed_read_units_total{account="1",region="other",table="a",index=""} 9`,
    `pixii_provisioned_read_units{${place},table="a",index=""} 7`,
    `pixii_provisioned_read_units{${place},table="a",index="i"} 0`,
    `pixii_read_throttles_total{${place},table="a",index="",cause="x"} 10`,
    `pixii_items{${place},table="a",index=""} 3`,
    `pixii_items{${place},table="a",index="i"} 2`,
    `pixii_items{${place},table="b",index=""} 4`,
    'pixii_replication_lag_seconds{account="1",table="a",source="r",target="s"} 0.5',
    "pixii_storage_disk_bytes 123",
    "pixii_storage_commits_total 40",
  ].join("\n"),
  10_000,
);

const shown = (id: string, table: string | null = null) => {
  const scope: Scope = { ...here, table };
  const kind = charts(scope).find((one) => one.id === id);
  return Object.fromEntries(kind?.measure(before, now) ?? []);
};

test.each([
  ["requests", { GetItem: 10 }],
  ["errors", { "of the request": 2, throttled: 3 }],
  ["latency", { half: 0.5, "9 of 10": 0.9, "99 of 100": 0.99 }],
  ["latency-operation", { GetItem: 0.005 }],
  ["consumed-read", { a: 6 }],
  ["throttles", { "a, reads": 1 }],
  ["items", { a: 3, b: 4 }],
  ["replication", { "a: r → s": 0.5 }],
  ["storage", { "data files": 123 }],
  ["commits", { commits: 4 }],
])("of all tables, %s shows %j", (id, lines) => expect(shown(id)).toEqual(lines));

test.each([
  ["consumed-read", { "a, consumed": 5, "index i, consumed": 1, "a, provisioned": 7 }],
  ["items", { a: 3, "index i": 2 }],
  ["replication", { "r → s": 0.5 }],
  ["requests", {}],
])("of one table, %s shows %j", (id, lines) => expect(shown(id, "a")).toEqual(lines));

test("errors are listed, the most frequent first", () => {
  expect(errors(now).map(({ error, kind, count }) => [error, kind, count])).toEqual([
    ["ThrottlingException", "throttled", 30],
    ["ValidationException", "of the request", 20],
  ]);
});

test("tables are those of the place", () => {
  expect(tablesOf(now, here)).toEqual(["a", "b"]);
  expect(tablesOf(now, { ...here, region: "x" })).toEqual([]);
});

test("points are one less than snapshots, and a line that is not told of has a gap", () => {
  const third = reader.read('pixii_requests_total{operation="GetItem"} 100', 20_000);
  const [requests] = charts({ ...here, table: null });
  if (requests === undefined) throw new Error("there are charts");
  expect(points([before, now, third], requests.measure)).toEqual({
    times: [10, 20],
    lines: [{ name: "GetItem", values: [10, 0] }],
  });
  const [items] = charts({ ...here, table: null }).filter(({ id }) => id === "items");
  expect(items && points([before, now, third], items.measure).lines[0]).toEqual({ name: "a", values: [3, null] });
});

test("more lines than can be told apart are one", () => {
  const values = new Map(Array.from({ length: 20 }, (_, at) => [`line ${at}`, at]));
  const { lines } = points([before, now], () => values);
  expect(lines).toHaveLength(LINES_MAX);
  expect(lines[0]).toEqual({ name: "line 19", values: [19] });
  expect(lines.at(-1)?.name).toBe("others");
});

test("lines of nothing can be left out, unless all are", () => {
  const measure = (values: [string, number][]) => points([before, now], () => new Map(values), true).lines.length;
  expect(
    measure([
      ["a", 0],
      ["b", 1],
    ]),
  ).toBe(1);
  expect(
    measure([
      ["a", 0],
      ["b", 0],
    ]),
  ).toBe(2);
});

test("the oldest snapshots go where there are too many", () => {
  let kept = [before];
  for (let at = 0; at < 1000; at += 1) kept = added(kept, { timeMs: at, values: new Map() });
  expect(kept).toHaveLength(361);
  expect(kept.at(-1)?.timeMs).toBe(999);
});

test("what was measured is remembered for the same two snapshots", () => {
  let asked = 0;
  const measure = remembered(() => {
    asked += 1;
    return new Map();
  });
  measure(before, now);
  measure(before, now);
  expect(asked).toBe(1);
  measure(now, now);
  expect(asked).toBe(2);
});
