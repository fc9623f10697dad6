// Reading and changing a query's body by its syntax tree, so that comments, layout and every digit of
// numbers stay. The tree is there, with gaps, while the body is only half typed.

import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "../../components/editor/jsonc.ts";

/** Where characters come from: a string, or what an editor holds. */
export type Read = (from: number, to: number) => string;

export interface Member {
  name: string;
  property: SyntaxNode;
  /** Absent while it is not typed yet. */
  value: SyntaxNode | null;
}

const VALUES = new Set(["True", "False", "Null", "Number", "String", "Parameter", "Object", "Array"]);

export const parse = (text: string): Tree => parser.parse(text);
export const isValue = (node: SyntaxNode): boolean => VALUES.has(node.name);

/** What a `String` or `PropertyName` says; as it is written where its escapes are not sound. */
export function unquoted(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written.replace(/^"|"$/g, "");
  }
}

export function membersOf(object: SyntaxNode, read: Read): Member[] {
  return object.getChildren("Property").flatMap((property) => {
    const name = property.getChild("PropertyName");
    if (name === null) return [];
    const last = property.lastChild;
    return [
      { name: unquoted(read(name.from, name.to)), property, value: last !== null && isValue(last) ? last : null },
    ];
  });
}

export function member(object: SyntaxNode, name: string, read: Read): Member | undefined {
  return membersOf(object, read).find((found) => found.name === name);
}

/** The object that a body is. */
export function topObject(tree: Tree): SyntaxNode | null {
  return tree.topNode.getChild("Object");
}

/** How a member of the whole body is written: `"a"`, `{…}`. */
export function memberText(text: string, name: string): string | undefined {
  const read: Read = (from, to) => text.slice(from, to);
  const object = topObject(parse(text));
  const value = object && member(object, name, read)?.value;
  return value ? read(value.from, value.to) : undefined;
}

/** A string member of the whole body, as it is meant. */
export function memberString(text: string, name: string): string | undefined {
  const written = memberText(text, name);
  return written?.startsWith('"') === true ? unquoted(written) : undefined;
}

export interface Change {
  from: number;
  to: number;
  insert: string;
}

/** What to change so that `object` has the member with this value, written as JSON. */
export function memberChange(object: SyntaxNode, name: string, value: string, read: Read): Change {
  const found = member(object, name, read);
  if (found?.value) return { from: found.value.from, to: found.value.to, insert: value };
  if (found) return { from: found.property.to, to: found.property.to, insert: ` ${value}` };
  const written = `${JSON.stringify(name)}: ${value}`;
  const last = object.getChildren("Property").at(-1);
  if (last === undefined) return { from: object.from + 1, to: object.from + 1, insert: written };
  // In a line of its own where the last one is, as far in.
  const before = read(object.from, last.from);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const gap = before.includes("\n") && line.trim() === "" ? `\n${line}` : " ";
  return { from: last.to, to: last.to, insert: `,${gap}${written}` };
}

/** The body with a member of the whole changed, or added at its end. */
export function withMember(text: string, name: string, value: string): string {
  const object = topObject(parse(text));
  if (object === null) return text.trim() === "" ? `{ ${JSON.stringify(name)}: ${value} }` : text;
  const { from, to, insert } = memberChange(object, name, value, (a, b) => text.slice(a, b));
  return text.slice(0, from) + insert + text.slice(to);
}

/** The `{{ names }}` in a body, in order, each once; not those in comments. */
export function parameterNames(text: string): string[] {
  const names = new Set<string>();
  parse(text).iterate({
    enter: ({ name, from, to }) => {
      if (name !== "Parameter" && name !== "String" && name !== "PropertyName") return;
      for (const [, found] of text.slice(from, to).matchAll(/\{\{\s*([\p{L}\p{N}_-]{1,64})\s*\}\}/gu))
        names.add(found ?? "");
    },
  });
  return [...names];
}
