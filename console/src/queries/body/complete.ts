// What can be typed next in a body: members, values, tables, indexes, attributes, and in expressions
// names, placeholders and functions.

import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { EditorView } from "@codemirror/view";
import type { SyntaxNode } from "@lezer/common";
import { shapeName, type Model, type Shape } from "../../model.ts";
import { objectAround, placeAt, shapeAt, type BodyPlace } from "./place.ts";
import { member, memberChange, membersOf, unquoted, type Read } from "./tree.ts";

export interface Attribute {
  name: string;
  /** Where the table declares it. */
  type?: "S" | "N" | "B";
}

/** What completion knows of the world. */
export interface Knowledge {
  model: Model;
  command: string;
  isPlain: boolean;
  tables: () => Promise<string[]>;
  attributes: (table: string) => Promise<Attribute[]>;
  indexes: (table: string) => Promise<string[]>;
}

interface Asked {
  knowledge: Knowledge;
  place: BodyPlace;
  read: Read;
  context: CompletionContext;
}

const none: Completion[] = [];

export function completeBody(knowledge: Knowledge): CompletionSource {
  return async (context) => {
    const read: Read = (from, to) => context.state.sliceDoc(from, to);
    const place = placeAt(syntaxTree(context.state), context.pos, read);
    if (place === null) return null;
    // Without a word begun, only where it was asked for, or right after a quote.
    if (!context.explicit && !place.isQuoted && place.from === place.to) return null;
    const asked = { knowledge, place, read, context };
    if (place.role === "value" && isExpression(place) && place.isQuoted) return expression(asked);
    const options = place.role === "name" ? await names(asked) : await values(asked);
    if (options.length === 0) return null;
    return { from: place.from, to: place.to, options, validFor: /^"?[\w.#:-]*"?$/ };
  };
}

const isExpression = ({ path }: BodyPlace) => /Expression$/.test(path.at(-1) ?? "");

// ---- Names of members

async function names(asked: Asked): Promise<Completion[]> {
  const { knowledge, place, read } = asked;
  const command = knowledge.model.commands.find(({ name }) => name === knowledge.command);
  const found = shapeAt(knowledge.model, command?.input ?? null, place.path);
  if (found === null || place.object === null) return none;
  const present = new Set(
    membersOf(place.object, read)
      .filter(({ property }) => property.from !== place.from)
      .map(({ name }) => name),
  );
  if (found.shape.members) return members(asked, found.shape, present);
  if (found.shape.type !== "map") return none;
  const options = await entries(asked, found.shape);
  return options.filter(({ label }) => !present.has(label.replaceAll('"', "")));
}

function members({ knowledge: { model }, place }: Asked, shape: Shape, present: Set<string>): Completion[] {
  const required = new Set(shape.required);
  // Old members that newer ones stand for still work, but come last.
  const isOld = (name: string) => OLD.has(name) && shape.members?.["ExpressionAttributeNames"] !== undefined;
  return Object.entries(shape.members ?? {})
    .filter(([name]) => !present.has(name))
    .map(([name, written]) => {
      const type = model.shapes[shapeName(written) ?? ""];
      const documentation = typeof written === "string" ? undefined : written.documentation;
      return {
        label: `"${name}"`,
        displayLabel: name,
        detail: [required.has(name) && "required", typeName(type)].filter(Boolean).join(" · "),
        ...(documentation && { info: documentation }),
        boost: required.has(name) ? 50 : isOld(name) ? -50 : 0,
        apply: applyName(name, place, blank(type)),
      };
    });
}

const OLD = new Set([
  "AttributesToGet",
  "AttributeUpdates",
  "ConditionalOperator",
  "Expected",
  "KeyConditions",
  "QueryFilter",
  "ScanFilter",
]);

/** Keys of a map: of attributes, placeholders or tables. */
async function entries(asked: Asked, shape: Shape): Promise<Completion[]> {
  const { knowledge, place, read } = asked;
  const at = place.path.at(-1);
  const value = knowledge.model.shapes[shapeName(shape.value) ?? ""];
  if (at === "RequestItems") {
    const tables = await knowledge.tables();
    return tables.map((name) => entry(name, "table", place, blank(value)));
  }
  if (at === "ExpressionAttributeNames" || at === "ExpressionAttributeValues") {
    const sign = at === "ExpressionAttributeNames" ? "#" : ":";
    const holder = place.object && objectAround(place.object.parent?.parent ?? null);
    const used = holder === null ? [] : placeholders(holder, sign, read);
    return used.map((name) =>
      entry(name, "used in an expression", place, sign === "#" ? '""' : typed(undefined, knowledge)),
    );
  }
  if (shapeName(shape.value) !== "AttributeValue") return none;
  const attributes = await attributesAt(asked);
  return attributes.map(({ name, type }) => entry(name, type ?? "", place, typed(type, knowledge)));
}

const entry = (name: string, detail: string, place: BodyPlace, value: string): Completion => ({
  label: JSON.stringify(name),
  displayLabel: name,
  detail,
  apply: applyName(name, place, value),
});

const typed = (type: string | undefined, { isPlain }: Knowledge) =>
  isPlain ? (type === "N" ? "" : '""') : type === undefined ? "{}" : `{ "${type}": "" }`;

function typeName(shape: Shape | undefined): string {
  if (shape === undefined) return "";
  if (shape.enum) return "one of";
  return { structure: "object", map: "map", list: "list" }[shape.type] ?? shape.type;
}

/** What stands where a value goes. */
function blank(shape: Shape | undefined): string {
  switch (shape?.type) {
    case "string":
    case "blob":
      return '""';
    case "structure":
    case "map":
      return "{}";
    case "list":
      return "[]";
    default:
      return "";
  }
}

/** Writes the name, and behind it a colon and a value to fill in, with the cursor where the typing goes on. */
function applyName(name: string, place: BodyPlace, value: string) {
  return (view: EditorView, _: Completion, from: number, to: number) => {
    const written = JSON.stringify(name);
    const after = view.state.sliceDoc(to, to + 50);
    // Closing quotes are typed by the editor itself: it is replaced too.
    const end = place.isQuoted && after.startsWith('"') ? to + 1 : to;
    const hasValue = /^"?\s*:/.test(after);
    const insert = hasValue ? written : `${written}: ${value}`;
    const inside = value.lastIndexOf('""') + 1 || Math.ceil(value.length / 2);
    const anchor = from + (hasValue ? written.length : written.length + 2 + inside);
    view.dispatch({ changes: { from, to: end, insert }, selection: { anchor }, userEvent: "input.complete" });
  };
}

// ---- Values

async function values(asked: Asked): Promise<Completion[]> {
  const { knowledge, place, read } = asked;
  const command = knowledge.model.commands.find(({ name }) => name === knowledge.command);
  const found = shapeAt(knowledge.model, command?.input ?? null, place.path);
  const at = place.path.at(-1);
  const quoted = (detail: string) => (value: string) => ({
    label: JSON.stringify(value),
    displayLabel: value,
    detail,
    apply: applyValue(JSON.stringify(value)),
  });
  if (found?.shape.enum) return found.shape.enum.map(quoted(""));
  if (found?.shape.type === "boolean") return ["true", "false"].map((label) => ({ label }));
  if (at !== null && at !== undefined && /^(Source|Global)?TableName$/.test(at)) {
    return (await knowledge.tables()).map(quoted("table"));
  }
  if (at === "IndexName") return (await knowledge.indexes(tableAt(place, read) ?? "")).map(quoted("index"));
  if (place.path.at(-2) === "ExpressionAttributeNames" || at === "AttributeName") {
    return (await attributesAt(asked)).map(({ name }) => quoted("attribute")(name));
  }
  return none;
}

function applyValue(written: string) {
  return (view: EditorView, _: Completion, from: number, to: number) => {
    const isDoubled = view.state.sliceDoc(from, from + 1) === '"' && view.state.sliceDoc(to, to + 1) === '"';
    view.dispatch({
      changes: { from, to: isDoubled && view.state.sliceDoc(to - 1, to) !== '"' ? to + 1 : to, insert: written },
      selection: { anchor: from + written.length },
      userEvent: "input.complete",
    });
  };
}

// ---- Expressions

const conditions = [
  "attribute_exists()",
  "attribute_not_exists()",
  "attribute_type()",
  "begins_with()",
  "contains()",
  "size()",
];
const words: Record<string, string[]> = {
  UpdateExpression: ["SET ", "REMOVE ", "ADD ", "DELETE ", "if_not_exists()", "list_append()"],
  KeyConditionExpression: ["begins_with()", "AND ", "BETWEEN "],
  ProjectionExpression: [],
};

async function expression(asked: Asked): Promise<CompletionResult | null> {
  const { place, read, context, knowledge } = asked;
  const before = read(place.from + 1, context.pos);
  const word = /[#:\w]*$/.exec(before)?.[0] ?? "";
  if (word === "" && !context.explicit) return null;
  const reserved = new Set(knowledge.model.reserved);
  const defined = (name: string, sign: string) => {
    const map = place.object && member(place.object, name, read)?.value;
    const keys = map?.name === "Object" ? membersOf(map, read).map((found) => found.name) : [];
    return [...new Set([...keys, ...(place.object ? placeholders(place.object, sign, read) : [])])].filter(
      (key) => key !== word,
    );
  };
  const attributes = await attributesAt(asked);
  const options: Completion[] = [
    ...defined("ExpressionAttributeNames", "#").map((label) => ({ label, detail: "name", boost: 2 })),
    ...defined("ExpressionAttributeValues", ":").map((label) => ({ label, detail: "value", boost: 1 })),
    ...attributes.map(({ name }) =>
      reserved.has(name.toUpperCase()) || !/^[A-Za-z_]\w*$/.test(name)
        ? {
            label: name,
            detail: `needs #: ${reserved.has(name.toUpperCase()) ? "a reserved word" : "special letters"}`,
            apply: applyAlias(name),
          }
        : { label: name, detail: "attribute" },
    ),
    ...(words[place.path.at(-1) ?? ""] ?? [...conditions, "AND ", "OR ", "NOT ", "BETWEEN ", "IN "]).map((label) => ({
      label,
      displayLabel: label.trim(),
      detail: label.endsWith(")") ? "function" : "",
      apply: applyFunction(label),
      boost: -1,
    })),
  ];
  return { from: context.pos - word.length, options, validFor: /^[#:]?\w*$/ };
}

const applyFunction = (label: string) => (view: EditorView, _: Completion, from: number, to: number) =>
  view.dispatch({
    changes: { from, to, insert: label },
    selection: { anchor: from + label.length - (label.endsWith(")") ? 1 : 0) },
    userEvent: "input.complete",
  });

/** Writes `#name`, and says in `ExpressionAttributeNames` what it stands for. */
const applyAlias = (name: string) => (view: EditorView, _: Completion, from: number, to: number) => {
  const alias = `#${name.replace(/\W/g, "_")}`;
  const read: Read = (a, b) => view.state.sliceDoc(a, b);
  const object = objectAround(syntaxTree(view.state).resolveInner(from, -1));
  const changes = [{ from, to, insert: alias }];
  if (object !== null) {
    const map = member(object, "ExpressionAttributeNames", read)?.value;
    if (map?.name === "Object") changes.push(memberChange(map, alias, JSON.stringify(name), read));
    else {
      const value = `{ ${JSON.stringify(alias)}: ${JSON.stringify(name)} }`;
      changes.push(memberChange(object, "ExpressionAttributeNames", value, read));
    }
  }
  const set = view.state.changes(changes);
  view.dispatch({ changes: set, selection: { anchor: set.mapPos(to, 1) }, userEvent: "input.complete" });
};

/** The `#names` or `:values` in all expressions of an object, each once. */
function placeholders(object: SyntaxNode, sign: string, read: Read): string[] {
  const found = new Set<string>();
  for (const { name, value } of membersOf(object, read)) {
    if (!name.endsWith("Expression") || value?.name !== "String") continue;
    for (const [text] of unquoted(read(value.from, value.to)).matchAll(/[#:]\w+/g))
      if (text.startsWith(sign)) found.add(text);
  }
  return [...found];
}

// ---- The table that is meant

/** The nearest `TableName` around the place, or the key of `RequestItems` that it is below. */
export function tableAt(place: BodyPlace, read: Read): string | undefined {
  for (let at = place.object; at !== null; at = objectAround(at.parent)) {
    const named = member(at, "TableName", read)?.value;
    if (named?.name === "String") return unquoted(read(named.from, named.to));
  }
  const requests = place.path.indexOf("RequestItems");
  return requests < 0 ? undefined : (place.path[requests + 1] ?? undefined);
}

async function attributesAt({ knowledge, place, read }: Asked): Promise<Attribute[]> {
  const table = tableAt(place, read);
  return table === undefined ? [] : knowledge.attributes(table);
}
