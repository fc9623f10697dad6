// Where in a body the cursor is: which member of which shape is being typed.

import type { SyntaxNode, Tree } from "@lezer/common";
import { shapeName, type Model, type Shape } from "../../model.ts";
import { membersOf, unquoted, type Read } from "./tree.ts";

/** A step into a body: a member's name, or an element of a list. */
export type Step = string | null;

export interface BodyPlace {
  /** Typing a member's name, or a value. */
  role: "name" | "value";
  /** The way to the value; of a name, to the object that it is in. */
  path: Step[];
  /** What a completion replaces. */
  from: number;
  to: number;
  /** Whether `from` is at an opening quote that is there already. */
  isQuoted: boolean;
  /** The object that is typed in: of a value, the one whose member it is. */
  object: SyntaxNode | null;
}

/** The place, or `null` where nothing can be completed: after a value, in a comment, in a number. */
export function placeAt(tree: Tree, position: number, read: Read): BodyPlace | null {
  const node = tree.resolveInner(position, -1);
  if (node.name.endsWith("Comment") || node.name === "Number") return null;
  if (node.name === "PropertyName" || node.name === "String") {
    const isClosed = node.to - node.from > 1 && read(node.to - 1, node.to) === '"';
    if (isClosed && position === node.to) return null;
    const name = node.name === "PropertyName";
    const container = name ? node.parent?.parent : node;
    return {
      role: name ? "name" : "value",
      path: pathTo(container ?? null, read),
      from: node.from,
      to: isClosed ? node.to : endOfLine(node, position, read),
      isQuoted: true,
      object: objectAround(node),
    };
  }
  return bare(node, position, read);
}

/** A quote without its other end runs on to the next one; what is replaced ends with the word. */
function endOfLine(node: SyntaxNode, position: number, read: Read): number {
  return position + (/^[\w.#:-]*/.exec(read(position, node.to))?.[0].length ?? 0);
}

/** Nothing is quoted yet: what comes before tells what is wanted. */
function bare(node: SyntaxNode, position: number, read: Read): BodyPlace | null {
  const before = read(0, position);
  const word = /[A-Za-z_"]*$/.exec(before)?.[0] ?? "";
  const from = position - word.length;
  const last = before
    .slice(0, from)
    .replace(/(\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)+$/g, "")
    .at(-1);
  const container = containerOf(node);
  const isQuoted = word.startsWith('"');
  const place = { from, to: position, isQuoted };
  if (container === null) return null;
  if (container.name === "Array" && (last === "[" || last === ",")) {
    return { ...place, role: "value", path: [...pathTo(container, read), null], object: objectAround(container) };
  }
  if (container.name !== "Object") return null;
  if (last === "{" || last === ",") return { ...place, role: "name", path: pathTo(container, read), object: container };
  if (last !== ":") return null;
  const name = membersOf(container, read)
    .filter(({ property }) => property.from < position)
    .at(-1)?.name;
  return name === undefined
    ? null
    : { ...place, role: "value", path: [...pathTo(container, read), name], object: container };
}

function containerOf(node: SyntaxNode | null): SyntaxNode | null {
  for (let at = node; at !== null; at = at.parent) if (at.name === "Object" || at.name === "Array") return at;
  return null;
}

/** The object that a node is, or is in. */
export function objectAround(node: SyntaxNode | null): SyntaxNode | null {
  for (let at = node; at !== null; at = at.parent) if (at.name === "Object") return at;
  return null;
}

/** The way from the top to a value. */
export function pathTo(value: SyntaxNode | null, read: Read): Step[] {
  const steps: Step[] = [];
  for (let at = value; at !== null; at = at.parent) {
    if (at.parent?.name === "Array") steps.unshift(null);
    if (at.name !== "Property") continue;
    const name = at.getChild("PropertyName");
    if (name !== null) steps.unshift(unquoted(read(name.from, name.to)));
  }
  return steps;
}

/** The shape at the end of a path, as the model has it. */
export function shapeAt(model: Model, input: string | null, path: Step[]): { name: string; shape: Shape } | null {
  let name = input ?? undefined;
  for (const step of path) {
    const shape = name === undefined ? undefined : model.shapes[name];
    if (shape === undefined) return null;
    if (step === null) name = shapeName(shape.member);
    else name = shape.members ? shapeName(shape.members[step]) : shapeName(shape.value);
  }
  const shape = name === undefined ? undefined : model.shapes[name];
  return name === undefined || shape === undefined ? null : { name, shape };
}
