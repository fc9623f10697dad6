import { expect, test } from "vitest";
import { formatOfFile } from "./formats.ts";

test("a file's name tells its form", () => {
  expect(formatOfFile("items.CSV")).toBe("csv");
  expect(formatOfFile("a.b.ndjson")).toBe("jsonl");
  expect(formatOfFile("export.json")).toBe("dynamodb-json");
  expect(formatOfFile("items.txt")).toBeNull();
  expect(formatOfFile("csv")).toBeNull();
});
