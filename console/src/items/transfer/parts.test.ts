import { afterEach, expect, test, vi } from "vitest";
import type { ItemsRead } from "../../api.ts";
import { FileWriter, READ_BYTES, readParts, WRITTEN_CHARACTERS, type ItemsPart, type Source } from "./parts.ts";

interface Asked {
  text: string;
  items: string;
  part: { header: string | null; isLast: boolean };
}

/** A server that answers with `reply`; what it was asked. */
function serve(reply: (asked: Asked) => object): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const one = JSON.parse(body) as Asked;
    asked.push(one);
    return Promise.resolve(new Response(JSON.stringify(reply(one)), { status: 200 }));
  });
  return asked;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const signal = new AbortController().signal;
const length = (text: string) => new TextEncoder().encode(text).length;
const takesAll = ({ text }: Asked): ItemsRead => ({
  items: "[]",
  problems: [{ line: 1, message: "No." }],
  taken: length(text),
  lines: text.split("\n").length - 1,
  header: "id",
});

async function read(parts: BlobPart[]): Promise<ItemsPart[]> {
  const source: Source = { file: new Blob(parts), format: "csv", place: { connection: "c", region: "r" }, table: "t" };
  const found: ItemsPart[] = [];
  for await (const part of readParts(source, signal)) found.push(part);
  return found;
}

test("a part ends with a line, and the next begins after it", async () => {
  const asked = serve(takesAll);
  const line = `${"ü".repeat(1023)}\n`;
  const lines = Math.ceil((READ_BYTES + 5000) / length(line));
  const found = await read([line.repeat(lines)]);
  expect(asked.map(({ text }) => text).join("")).toBe(line.repeat(lines));
  expect(asked.map(({ part }) => part)).toEqual([
    { header: null, isLast: false },
    { header: "id", isLast: true },
  ]);
  const first = Math.floor(READ_BYTES / length(line));
  expect(found.map(({ problems }) => problems[0]?.line)).toEqual([1, first + 1]);
  expect(found.at(-1)?.bytes).toBe(lines * length(line));
});

test("what is not taken is given again", async () => {
  const asked = serve((one) => (one.part.isLast ? takesAll(one) : { ...takesAll(one), taken: 3, lines: 1 }));
  const found = await read([`ab\n${"x".repeat(READ_BYTES - 4)}\n`, "c\n"]);
  expect(asked[1]?.text.slice(-4)).toBe("x\nc\n");
  expect(found.map(({ problems }) => problems[0]?.line)).toEqual([1, 2]);
});

test("the mark of UTF-8 is no part of the first line", async () => {
  const asked = serve(takesAll);
  await read(["\u{feff}id\n"]);
  expect(asked.map(({ text }) => text)).toEqual(["id\n"]);
});

test("a line longer than a part, and what is no text, is refused", async () => {
  serve((one) => ({ ...takesAll(one), taken: 0 }));
  await expect(read(["x".repeat(READ_BYTES + 1)])).rejects.toThrow("Line 1 is longer than any item.");
  await expect(read([new Uint8Array([0x61, 0xff, 0x0a])])).rejects.toThrow("not UTF-8");
});

test("a file is made in parts, the later of which have the first one's header", async () => {
  const asked = serve(({ part }) => ({ text: part.isLast ? "end" : "begin,", header: "id" }));
  const file = new FileWriter("csv");
  const long = { id: { S: "x".repeat(WRITTEN_CHARACTERS / 2) } };
  await file.add([long, long], signal);
  const made = await file.finish("text/csv", signal);
  expect([await made.text(), made.type]).toEqual(["begin,end", "text/csv"]);
  expect(asked.map(({ part }) => part)).toEqual([
    { header: null, isLast: false },
    { header: "id", isLast: true },
  ]);
  expect(asked.map(({ items }) => (JSON.parse(items) as object[]).length)).toEqual([1, 1]);
});
