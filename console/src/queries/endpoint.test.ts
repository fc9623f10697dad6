import { expect, test } from "vitest";
import { curlExample, fetchExample } from "./endpoint.ts";

const parameters = [
  { name: "team", default: "it's", description: "" },
  { name: "limit", default: "5" },
  { name: "day", default: null },
];

test("curl gets the token and the defaults, quoted for a shell", () =>
  expect(curlExample("http://h/q", "t", parameters)).toBe(
    `curl 'http://h/q' \\\n  -H 'Authorization: Bearer t' \\\n  -H 'Content-Type: application/json' \\\n` +
      `  -d '{"team": "it'\\''s", "limit": 5, "day": "…"}'`,
  ));
test("a token that is not shown any more has a stand-in", () =>
  expect(fetchExample("http://h/q", null, [])).toContain('"Bearer TOKEN"'));
