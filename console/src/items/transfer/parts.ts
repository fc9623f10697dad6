// Files of items, part by part: neither their length nor that of what is made of them matters.

import { call, type FilePart, type ItemFormat, type ItemsRead, type LineProblem, type Place } from "../../api.ts";
import type { Item } from "../values.ts";

/** How much of a file is read at once, in bytes: more than any line has, and less than the server takes as JSON. */
export const READ_BYTES = 5 * 1024 * 1024;
/** How much is made into text at once, in characters of typed items. */
export const WRITTEN_CHARACTERS = 4 * 1024 * 1024;

/** What a part of a file holds. */
export interface ItemsPart {
  items: Item[];
  /** Their lines are counted in the whole file. */
  problems: LineProblem[];
  /** How many bytes of the file are read, with this part. */
  bytes: number;
}

export interface Source {
  file: Blob;
  format: ItemFormat;
  /** The table whose keys the items have to have. */
  place: Place;
  table: string;
}

/** The items of a file. */
export async function* readParts({ file, ...of }: Source, signal: AbortSignal): AsyncGenerator<ItemsPart> {
  let bytes = await markLength(file);
  let lines = 0;
  let header: string | null = null;
  for (let isLast = false; !isLast;) {
    isLast = file.size - bytes <= READ_BYTES;
    const text = decode(await file.slice(bytes, bytes + READ_BYTES).arrayBuffer(), isLast);
    const read: ItemsRead = await call("ParseItems", { ...of, text, part: { header, isLast } }, signal);
    if (read.taken === 0 && !isLast) {
      throw new Error(`Line ${lines + 1} is longer than any item. Take it out, or read the file with: pixii import`);
    }
    const before = lines;
    bytes += read.taken;
    lines += read.lines;
    header = read.header;
    yield {
      // Typed items: every number in them is a string.
      items: JSON.parse(read.items) as Item[],
      problems: read.problems.map((problem) => ({ ...problem, line: before + problem.line })),
      bytes,
    };
  }
}

const LINE_END = "\n".charCodeAt(0);

/** The text in a part of a file, whose length in bytes is what is read of it: up to the last whole line. */
function decode(buffer: ArrayBuffer, isLast: boolean): string {
  const bytes = new Uint8Array(buffer);
  const end = isLast ? bytes.length : bytes.lastIndexOf(LINE_END) + 1;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    throw new Error("The file is not UTF-8. Save it in that encoding and choose it again.");
  }
}

/** How long the mark is with which some files say that they are UTF-8. */
async function markLength(file: Blob): Promise<number> {
  const [first, second, third] = new Uint8Array(await file.slice(0, 3).arrayBuffer());
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}

/** A file in the making. */
export class FileWriter {
  private readonly parts: Blob[] = [];
  private waiting: string[] = [];
  private length = 0;
  private header: string | null = null;

  constructor(private readonly format: ItemFormat) {}

  async add(items: Item[], signal: AbortSignal): Promise<void> {
    for (const item of items) {
      const text = JSON.stringify(item);
      if (this.length + text.length > WRITTEN_CHARACTERS) await this.write(false, signal);
      this.waiting.push(text);
      this.length += text.length + 1;
    }
  }

  /** The whole file, of this media type. */
  async finish(type: string, signal: AbortSignal): Promise<Blob> {
    await this.write(true, signal);
    return new Blob(this.parts, { type });
  }

  private async write(isLast: boolean, signal: AbortSignal): Promise<void> {
    const part: FilePart = { header: this.header, isLast };
    const items = `[${this.waiting.join()}]`;
    const { text, header } = await call("FormatItems", { items, format: this.format, part }, signal);
    this.parts.push(new Blob([text]));
    this.header = header;
    this.waiting = [];
    this.length = 0;
  }
}
