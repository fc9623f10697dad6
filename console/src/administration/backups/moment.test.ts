import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clamp, read, span, ticks, view, written, zoneName, zooms } from "./moment.ts";

const before = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "Europe/Berlin";
});
afterAll(() => {
  process.env["TZ"] = before;
});

const NOON = Date.UTC(2026, 10, 28, 12, 0, 0) / 1000;

describe("a time that is typed", () => {
  test.each([
    ["2026-11-28 12:00:00", "utc", NOON],
    ["2026-11-28 13:00:00", "local", NOON],
    ["2026-11-28T12:00:00Z", "local", NOON],
    ["2026-11-28 14:30:00+02:30", "local", NOON],
    ["2026-11-28 12:00", "utc", NOON],
    ["2026-11-28", "utc", NOON - 43_200],
    [String(NOON), "local", NOON],
    [`${String(NOON)}.9`, "local", NOON],
    ["  2026-11-28 12:00:00  ", "utc", NOON],
  ] as const)("%s in %s time is %s", (text, zone, seconds) => expect(read(text, zone)).toBe(seconds));

  test.each([
    ["", "utc"],
    ["yesterday", "utc"],
    ["2026-06-31 00:00:00", "utc"],
    ["2026-11-28 24:00:00", "utc"],
    ["2026-11-28 12:61:00", "utc"],
    // The clock goes from 1:59 to 3:00.
    ["2026-03-29 02:30:00", "local"],
  ] as const)("%s in %s time is none", (text, zone) => expect(read(text, zone)).toBeUndefined());

  test("what is written is read again, around changes of the clock too", () => {
    const [start, end] = [Date.UTC(2026, 9, 24) / 1000, Date.UTC(2026, 9, 27) / 1000];
    for (let at = start; at < end; at += 1799) {
      expect(read(written(at, "utc"), "utc")).toBe(at);
      // An hour that comes twice is read as one of the two.
      expect(Math.abs((read(written(at, "local"), "local") ?? 0) - at) % 3600).toBe(0);
    }
  });
});

test("of what can be restored whole seconds count", () => {
  expect(span(10.2, 20.9)).toEqual({ earliest: 11, latest: 20 });
  expect(span(10.2, 10.4)).toEqual({ earliest: 11, latest: 11 });
});

test("a time is kept within the span", () => {
  const whole = { earliest: 10, latest: 20 };
  expect([clamp(5, whole), clamp(15.4, whole), clamp(25, whole)]).toEqual([10, 15, 20]);
});

test("the zone is told by how it differs from UTC", () => {
  expect(zoneName(NOON)).toBe("UTC+01:00");
  expect(zoneName(Date.UTC(2026, 6, 1) / 1000)).toBe("UTC+02:00");
});

describe("a zoom", () => {
  const whole = { earliest: 0, latest: 1_000_000 };
  test("shows its width around the chosen time", () =>
    expect(view(whole, "hour", 500_000)).toEqual({ earliest: 498_200, latest: 501_800 }));
  test("stays within the span", () => {
    expect(view(whole, "hour", 10)).toEqual({ earliest: 0, latest: 3600 });
    expect(view(whole, "hour", 999_999)).toEqual({ earliest: 996_400, latest: 1_000_000 });
  });
  test("of more than there is shows all", () => expect(view({ earliest: 0, latest: 60 }, "hour", 5).latest).toBe(60));
  test("is offered where it shows less than all", () => {
    expect(zooms(whole)).toEqual(["all", "day", "hour", "minutes"]);
    expect(zooms({ earliest: 0, latest: 700 })).toEqual(["all", "minutes"]);
    expect(zooms({ earliest: 0, latest: 60 })).toEqual(["all"]);
  });
});

test("ticks are round local times within the span, not more than asked for", () => {
  for (const width of [5, 59, 700, 4000, 90_000, 1_000_000, 3_024_000]) {
    const shown = ticks({ earliest: NOON, latest: NOON + width }, 8);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThanOrEqual(9);
    for (const { at } of shown) expect(at >= NOON && at <= NOON + width).toBe(true);
  }
  expect(ticks({ earliest: NOON + 1, latest: NOON + 3600 }, 6).map(({ text }) => text)[0]).toBe("13:10");
});
