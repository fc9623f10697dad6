import { expect, test } from "vitest";
import { ago, amount, bytes, counted, duration, time } from "./amounts.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [293_427, "293 KB"],
  [1_500_000, "1.5 MB"],
  [undefined, "–"],
])("%s bytes read as %s", (value, text) => expect(bytes(value)).toBe(text));

test.each([
  [0, "0"],
  [0.0000042, "4.2µ"],
  [0.25, "0.25"],
  [1234, "1,230"],
  [12_345, "12.3k"],
  [2_500_000, "2.5M"],
  [null, "–"],
])("the amount %s reads as %s", (value, text) => expect(amount(value)).toBe(text));

test("a count has its noun in the right number", () => {
  expect([counted(1, "item"), counted(3376, "item"), counted(2, "key", "keys")]).toEqual([
    "1 item",
    "3,376 items",
    "2 keys",
  ]);
});

test.each([
  [0, "0 seconds"],
  [61, "1 minute 1 second"],
  [90_061, "1 day 1 hour"],
  [86_400, "1 day"],
])("%s seconds read as %s", (seconds, text) => expect(duration(seconds)).toBe(text));

test("what was less than a second ago is now", () => {
  expect(ago(100, 100.4)).toBe("now");
  expect(ago(100, 160)).toBe("1 minute ago");
});

test("what is no time reads as a dash", () => expect(time(undefined)).toBe("–"));
