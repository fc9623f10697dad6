// Items as documents: all types, conditions, queries and scans.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
  paginateQuery,
  paginateScan,
} from "@aws-sdk/lib-dynamodb";
import { connect, documents, makeTable, start } from "./server.js";

let server;
let client;
let document;
let TableName;

before(async () => {
  server = await start();
  client = connect(server.endpoint);
  document = documents(client);
  TableName = await makeTable(client);
});

after(async () => {
  client.destroy();
  await server.end();
});

test("all types go there and back", async () => {
  const Item = {
    pk: "types",
    sk: "1",
    text: "é😀",
    empty: "",
    number: -12.5,
    binary: new Uint8Array([0, 255, 128]),
    yes: true,
    none: null,
    list: ["a", 1, [null], {}],
    map: { deep: { deeper: [] } },
    strings: new Set(["a", "b"]),
    numbers: new Set([1, 2.5]),
    binaries: new Set([new Uint8Array([1])]),
  };
  await document.send(new PutCommand({ TableName, Item }));
  const got = await document.send(new GetCommand({ TableName, Key: { pk: "types", sk: "1" } }));
  assert.deepEqual(got.Item, Item);
});

test("the low-level client has typed values", async () => {
  const Item = { pk: { S: "low" }, sk: { S: "1" }, n: { N: "1.50" }, b: { B: new Uint8Array([7]) } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }));
  assert.deepEqual(got.Item, { ...Item, n: { N: "1.5" } });
});

test("a missing item is undefined", async () => {
  const got = await document.send(new GetCommand({ TableName, Key: { pk: "nothing", sk: "1" } }));
  assert.equal(got.Item, undefined);
});

test("numbers of 38 digits are kept whole", async () => {
  // A translation belongs to its client, so this one is not shared.
  const own = connect(server.endpoint);
  const exact = documents(own, { unmarshallOptions: { wrapNumbers: true } });
  const large = "12345678901234567890123456789012345678";
  const small = "0.00000000000000000012345678901234567891";
  const Key = { pk: "numbers", sk: "1" };
  await exact.send(
    new PutCommand({
      TableName,
      Item: {
        ...Key,
        large: NumberValue.from(large),
        small: NumberValue.from(small),
        bigint: 9007199254740993n,
        set: new Set([NumberValue.from(large), NumberValue.from("2")]),
      },
    }),
  );
  const { Item } = await exact.send(new GetCommand({ TableName, Key }));
  assert.equal(Item.large.toString(), large);
  assert.equal(Item.small.toString(), small);
  assert.equal(Item.bigint.toString(), "9007199254740993");
  assert.deepEqual([...Item.set].map(String), ["2", large]);
  const updated = await exact.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: "SET #n = #n - :one",
      ExpressionAttributeNames: { "#n": "large" },
      ExpressionAttributeValues: { ":one": 1 },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  assert.equal(updated.Attributes.large.toString(), "12345678901234567890123456789012345677");
  own.destroy();
});

test("an item is updated and deleted", async () => {
  const Key = { pk: "update", sk: "1" };
  await document.send(new PutCommand({ TableName, Item: { ...Key, count: 1, tags: new Set(["a"]) } }));
  const updated = await document.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: "SET #c = #c + :one, #l = list_append(if_not_exists(#l, :none), :some) ADD tags :b",
      ExpressionAttributeNames: { "#c": "count", "#l": "list" },
      ExpressionAttributeValues: { ":one": 1, ":none": [], ":some": ["x"], ":b": new Set(["b"]) },
      ReturnValues: "ALL_NEW",
    }),
  );
  assert.deepEqual(updated.Attributes, { ...Key, count: 2, list: ["x"], tags: new Set(["a", "b"]) });
  const deleted = await document.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(deleted.Attributes, updated.Attributes);
});

test("a failed condition is an error with the item", async () => {
  const Key = { pk: "condition", sk: "1" };
  await document.send(new PutCommand({ TableName, Item: { ...Key, v: 1 } }));
  const put = new PutCommand({
    TableName,
    Item: Key,
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  await assert.rejects(document.send(put), (error) => {
    assert.ok(error instanceof ConditionalCheckFailedException);
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.Item, { pk: { S: "condition" }, sk: { S: "1" }, v: { N: "1" } });
    return true;
  });
});

test("a query and a scan are followed page by page", async () => {
  for (let each = 0; each < 10; each += 1) {
    await document.send(new PutCommand({ TableName, Item: { pk: "pages", sk: `${each}`, n: each } }));
  }
  const query = {
    TableName,
    KeyConditionExpression: "pk = :p AND sk BETWEEN :x AND :y",
    ExpressionAttributeValues: { ":p": "pages", ":x": "2", ":y": "8" },
  };
  const found = [];
  let pages = 0;
  for await (const page of paginateQuery({ client: document, pageSize: 3 }, query)) {
    found.push(...page.Items.map((each) => each.n));
    pages += 1;
  }
  assert.deepEqual(found, [2, 3, 4, 5, 6, 7, 8]);
  assert.ok(pages >= 3);
  const scanned = [];
  const scan = {
    TableName,
    FilterExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": "pages" },
    ProjectionExpression: "n",
  };
  for await (const page of paginateScan({ client: document, pageSize: 4 }, scan)) {
    scanned.push(...page.Items.map((each) => each.n));
  }
  assert.deepEqual(scanned.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a query counts, runs backwards and reports its capacity", async () => {
  for (const sk of ["1", "2", "3"]) {
    await document.send(new PutCommand({ TableName, Item: { pk: "count", sk } }));
  }
  const query = {
    TableName,
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": "count" },
  };
  const counted = await document.send(new QueryCommand({ ...query, Select: "COUNT" }));
  assert.equal(counted.Count, 3);
  assert.equal(counted.Items, undefined);
  const backwards = await document.send(
    new QueryCommand({ ...query, ScanIndexForward: false, Limit: 2, ReturnConsumedCapacity: "TOTAL" }),
  );
  assert.deepEqual(backwards.Items.map((each) => each.sk), ["3", "2"]);
  assert.deepEqual(backwards.ConsumedCapacity, { TableName, CapacityUnits: 0.5 });
});

test("a fault is an error with the text of the service", async () => {
  const scan = new ScanCommand({ TableName, FilterExpression: "f(a)" });
  await assert.rejects(document.send(scan), {
    name: "ValidationException",
    message: "Invalid FilterExpression: Invalid function name; function: f",
  });
});
