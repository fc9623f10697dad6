// An item as text, typed as the service writes it or plain as people do, and back.
//
// Plain JSON keeps typed what JSON has no form for: sets and binary (`{"SS": ["a"]}`), and a map whose only
// member is called as a type is (`{"M": {"S": "a"}}`). Numbers keep their digits: they are read as text.

import { parted, TYPES, type Item, type Type, type Value } from "./values.ts";

export type Notation = "typed" | "plain";

export class Malformed extends Error {
  override name = "Malformed";
}

/** Any JSON, its numbers as they are written. */
type Json = string | boolean | null | Digits | Json[] | Map<string, Json>;
class Digits {
  constructor(readonly text: string) {}
}

const TOKEN =
  /[\s]*(?:([{}[\],:])|("(?:[^"\\\n]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/gy;

function parse(text: string): Json {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = text.trimEnd();
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (found === null) throw wrong(source, at);
    tokens.push(found[0].trim());
  }
  let next = 0;
  const take = (wanted?: string): string => {
    const token = tokens[next++];
    if (token === undefined) throw new Malformed("The JSON ends too early.");
    if (wanted !== undefined && token !== wanted) throw new Malformed(`“${wanted}” is missing before “${token}”.`);
    return token;
  };
  const list = (end: string, read: () => void) => {
    if (tokens[next] === end) next += 1;
    else
      for (;;) {
        read();
        const token = take();
        if (token === end) return;
        if (token !== ",") throw new Malformed(`“,” or “${end}” is missing before “${token}”.`);
      }
  };
  const value = (): Json => {
    const token = take();
    if (token.startsWith('"')) return string(token);
    if (token === "true" || token === "false") return token === "true";
    if (token === "null") return null;
    if (token === "[") {
      const elements: Json[] = [];
      list("]", () => elements.push(value()));
      return elements;
    }
    if (token === "{") {
      const members = new Map<string, Json>();
      list("}", () => {
        const name = string(take());
        if (members.has(name)) throw new Malformed(`“${name}” is there twice.`);
        take(":");
        members.set(name, value());
      });
      return members;
    }
    if (/^[-\d]/.test(token)) return new Digits(token);
    throw new Malformed(`“${token}” is not expected.`);
  };
  const whole = value();
  if (next < tokens.length) throw new Malformed("There is something after the end of the JSON.");
  return whole;
}

function string(token: string): string {
  try {
    const read: unknown = JSON.parse(token);
    if (typeof read === "string") return read;
  } catch {
    // Told below.
  }
  throw new Malformed(`“${token}” is not a string.`);
}

function wrong(text: string, at: number): Malformed {
  const before = text.slice(0, at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0));
  return new Malformed(`Line ${before.split("\n").length} is not JSON.`);
}

/** The only member of a map, where its name is a type's. */
function tagged(json: Json): [Type, Json] | null {
  if (!(json instanceof Map) || json.size !== 1) return null;
  const [entry] = [...json];
  return entry !== undefined && entry[0] in TYPES ? [entry[0] as Type, entry[1]] : null;
}

const isTexts = (json: Json): json is string[] => Array.isArray(json) && json.every((each) => typeof each === "string");

function members(json: Json, of: (json: Json, name: string) => Value): Item {
  if (!(json instanceof Map)) throw new Malformed("A map of attributes is expected: {…}.");
  return Object.fromEntries([...json].map(([name, inner]) => [name, of(inner, name)]));
}

function typed(json: Json, at: string): Value {
  const tag = tagged(json);
  if (tag === null) throw new Malformed(`${at}: a value with its type is expected, such as {"S": "text"}.`);
  const [type, content] = tag;
  const fault = new Malformed(`${at}: this is not what a value of type ${type} looks like.`);
  switch (type) {
    case "S":
    case "N":
    case "B":
      if (typeof content !== "string") throw fault;
      return { [type]: content };
    case "SS":
    case "NS":
    case "BS":
      if (!isTexts(content)) throw fault;
      return { [type]: content };
    case "BOOL":
      if (typeof content !== "boolean") throw fault;
      return { BOOL: content };
    case "NULL":
      if (content !== true) throw fault;
      return { NULL: true };
    case "L":
      if (!Array.isArray(content)) throw fault;
      return { L: content.map((each, index) => typed(each, `${at}[${index}]`)) };
    case "M":
      return { M: members(content, (inner, name) => typed(inner, `${at}.${name}`)) };
  }
}

function marshalled(json: Json): Value {
  if (typeof json === "string") return { S: json };
  if (typeof json === "boolean") return { BOOL: json };
  if (json === null) return { NULL: true };
  if (json instanceof Digits) return { N: json.text };
  if (Array.isArray(json)) return { L: json.map(marshalled) };
  const tag = tagged(json);
  if (tag !== null) {
    const [type, content] = tag;
    if ((type === "SS" || type === "NS" || type === "BS") && isTexts(content)) return { [type]: content };
    if ((type === "B" || type === "S" || type === "N") && typeof content === "string") return { [type]: content };
    if (type === "M" && content instanceof Map) return { M: members(content, marshalled) };
  }
  return { M: members(json, marshalled) };
}

/** Reads an item. Throws `Malformed`. */
export const read = (text: string, notation: Notation): Item =>
  members(parse(text), notation === "typed" ? typed : marshalled);

/** An item as text, laid out for reading. */
export function write(item: Item, notation: Notation): string {
  if (notation === "typed") return JSON.stringify(item, null, 2);
  return object(item, "");
}

function object(item: Item, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(item).map(([name, value]) => `${inner}${JSON.stringify(name)}: ${plain(value, inner)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}

function plain(value: Value, indent: string): string {
  const [type, content] = parted(value);
  switch (type) {
    case "S":
    case "BOOL":
      return JSON.stringify(content);
    case "N":
      // What the service writes is a number in JSON too.
      return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(String(content)) ? String(content) : JSON.stringify(value);
    case "NULL":
      return "null";
    case "L": {
      const lines = (content as Value[]).map((each) => `${indent}  ${plain(each, `${indent}  `)}`);
      return lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n${indent}]`;
    }
    case "M": {
      const names = Object.keys(content as Item);
      const isAmbiguous = names.length === 1 && names[0] !== undefined && names[0] in TYPES;
      const text = object(content as Item, indent);
      return isAmbiguous ? `{"M": ${text}}` : text;
    }
    default:
      return JSON.stringify(value);
  }
}

/** What a value of a type is made of, as text by itself: without its type, and a map or list as plain JSON. */
export function writeContent(value: Value): string {
  const [type, content] = parted(value);
  switch (type) {
    case "S":
    case "N":
    case "B":
    case "BOOL":
      return String(content);
    case "NULL":
      return "";
    case "L":
      return plain(value, "");
    case "M":
      return object(content as Item, "");
    case "NS":
      return `[${(content as string[]).join(", ")}]`;
    case "SS":
    case "BS":
      return JSON.stringify(content);
  }
}

/** Reads what `writeContent` writes. Throws `Malformed`, which does not say where. */
export function readContent(type: Type, text: string): Value {
  switch (type) {
    case "S":
    case "B":
      return { [type]: text };
    case "N":
      return { N: text.trim() };
    case "BOOL":
      return { BOOL: text === "true" };
    case "NULL":
      return { NULL: true };
    default:
      return ofJson(type, parse(text));
  }
}

function ofJson(type: Type, json: Json): Value {
  if (type === "M") return { M: members(json, marshalled) };
  if (!Array.isArray(json)) throw new Malformed("A list is expected: […].");
  if (type === "L") return { L: json.map(marshalled) };
  const isNumbers = type === "NS";
  const texts = json.map((each) => (isNumbers && each instanceof Digits ? each.text : each));
  if (!isTexts(texts)) throw new Malformed(`A list of ${isNumbers ? "numbers" : "texts in quotes"} is expected.`);
  return { [type]: texts };
}
