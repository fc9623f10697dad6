import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import { jsonc } from "../../components/editor/jsonc.ts";
import type { Model } from "../../model.ts";
import { completeBody, type Knowledge } from "./complete.ts";

const model: Model = {
  commands: [
    { name: "Query", service: "", writes: false, input: "QueryInput", output: null },
    { name: "BatchGetItem", service: "", writes: false, input: "BatchInput", output: null },
  ],
  shapes: {
    QueryInput: {
      type: "structure",
      required: ["TableName"],
      members: {
        Select: { shape: "Select" },
        TableName: { shape: "Text" },
        IndexName: { shape: "Text" },
        ScanIndexForward: { shape: "Flag" },
        ExclusiveStartKey: { shape: "Key" },
        FilterExpression: { shape: "Text" },
        ExpressionAttributeNames: { shape: "Names" },
        ExpressionAttributeValues: { shape: "Key" },
      },
    },
    BatchInput: { type: "structure", members: { RequestItems: { shape: "Requests" } } },
    Requests: { type: "map", key: { shape: "Text" }, value: { shape: "KeysAndAttributes" } },
    KeysAndAttributes: { type: "structure", members: { Keys: { shape: "Keys" } } },
    Keys: { type: "list", member: { shape: "Key" } },
    Key: { type: "map", key: { shape: "Text" }, value: { shape: "AttributeValue" } },
    Names: { type: "map", key: { shape: "Text" }, value: { shape: "Text" } },
    AttributeValue: { type: "structure", members: { S: { shape: "Text" }, N: { shape: "Text" } } },
    Select: { type: "string", enum: ["COUNT", "ALL_ATTRIBUTES"] },
    Text: { type: "string" },
    Flag: { type: "boolean" },
  },
  reserved: ["NAME"],
  built: [],
};

const knowledge: Knowledge = {
  model,
  command: "Query",
  isPlain: false,
  tables: () => Promise.resolve(["users", "orders"]),
  attributes: (table) => Promise.resolve(table === "users" ? [{ name: "team", type: "S" }, { name: "name" }] : []),
  indexes: (table) => Promise.resolve(table === "users" ? ["by-name"] : []),
};

/** What is offered where `|` is. */
async function offered(text: string, command = "Query"): Promise<string[]> {
  const position = text.indexOf("|");
  const state = EditorState.create({ doc: text.replace("|", ""), extensions: [jsonc] });
  const result = await completeBody({ ...knowledge, command })(new CompletionContext(state, position, true));
  return (result?.options ?? []).map((option) => option.displayLabel ?? option.label);
}

describe("names", () => {
  test("are the members that are not there yet", async () => {
    const found = await offered('{"TableName": "users", "|"}');
    expect(found).toContain("Select");
    expect(found).not.toContain("TableName");
  });
  test("are offered without a quote", async () => expect(await offered("{ Sel|")).toContain("Select"));
  test("are offered behind a comment", async () =>
    expect(await offered('{"TableName": "a", // x\n |}')).toContain("Select"));
  test("of keys are the table's attributes", async () =>
    expect(await offered('{"TableName": "users", "ExclusiveStartKey": {"|"}}')).toEqual(["team", "name"]));
  test("of a value are its types", async () =>
    expect(await offered('{"ExclusiveStartKey": {"team": {"|"}}}')).toEqual(["S", "N"]));
  test("of values are the placeholders in use", async () =>
    expect(
      await offered('{"FilterExpression": "a = :x and b = :y", "ExpressionAttributeValues": {":y": {}, "|"}}'),
    ).toEqual([":x"]));
  test("of requests are tables", async () =>
    expect(await offered('{"RequestItems": {"|"}}', "BatchGetItem")).toEqual(["users", "orders"]));
  test("below a request are the attributes of its table", async () =>
    expect(await offered('{"RequestItems": {"users": {"Keys": [{"|"}]}}}', "BatchGetItem")).toEqual(["team", "name"]));
});

describe("values", () => {
  test("are those of an enumeration", async () =>
    expect(await offered('{"Select": "|"}')).toEqual(["COUNT", "ALL_ATTRIBUTES"]));
  test("are offered before anything is typed", async () =>
    expect(await offered('{"Select": |}')).toEqual(["COUNT", "ALL_ATTRIBUTES"]));
  test("are tables", async () => expect(await offered('{"TableName": "|"')).toEqual(["users", "orders"]));
  test("are the table's indexes", async () =>
    expect(await offered('{"TableName": "users", "IndexName": "|"}')).toEqual(["by-name"]));
  test("are true and false", async () => expect(await offered('{"ScanIndexForward": t|}')).toEqual(["true", "false"]));
  test("are none behind a value", async () => expect(await offered('{"Select": "COUNT"|}')).toEqual([]));
  test("are none in a comment", async () => expect(await offered('{"Select": /* | */ "COUNT"}')).toEqual([]));
});

describe("expressions", () => {
  test("have attributes, functions and placeholders", async () => {
    const found = await offered(
      '{"TableName": "users", "FilterExpression": "te|", "ExpressionAttributeValues": {":v": {}}}',
    );
    expect(found).toEqual(expect.arrayContaining(["team", "begins_with()", ":v"]));
  });
});
