// Batches and transactions.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import {
  IdempotentParameterMismatchException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
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

const get = async (Key) => (await document.send(new GetCommand({ TableName, Key }))).Item;

test("a batch writes, deletes and reads", async () => {
  const keys = Array.from({ length: 20 }, (_, each) => ({ pk: "batch", sk: `${each}` }));
  const puts = keys.map((Item) => ({ PutRequest: { Item } }));
  const written = await document.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  assert.deepEqual(written.UnprocessedItems, {});
  const deletes = keys.slice(0, 5).map((Key) => ({ DeleteRequest: { Key } }));
  await document.send(new BatchWriteCommand({ RequestItems: { [TableName]: deletes } }));
  const read = await document.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } }));
  assert.equal(read.Responses[TableName].length, 15);
  assert.deepEqual(read.UnprocessedKeys, {});
});

test("a batch with duplicates is refused", async () => {
  const puts = [1, 2].map((v) => ({ PutRequest: { Item: { pk: "twice", sk: "1", v } } }));
  await assert.rejects(document.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } })), {
    name: "ValidationException",
    message: "Provided list of item keys contains duplicates",
  });
});

test("a transaction does everything and is read back in order", async () => {
  await document.send(new PutCommand({ TableName, Item: { pk: "transaction", sk: "deleted" } }));
  await document.send(new PutCommand({ TableName, Item: { pk: "transaction", sk: "checked" } }));
  const key = (sk) => ({ pk: "transaction", sk });
  await document.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: { ...key("put"), v: 1 } } },
        {
          Update: {
            TableName,
            Key: key("updated"),
            UpdateExpression: "ADD v :v",
            ExpressionAttributeValues: { ":v": 2 },
          },
        },
        { Delete: { TableName, Key: key("deleted") } },
        { ConditionCheck: { TableName, Key: key("checked"), ConditionExpression: "attribute_exists(pk)" } },
      ],
    }),
  );
  const { Responses } = await document.send(
    new TransactGetCommand({
      TransactItems: ["updated", "deleted", "put"].map((sk) => ({ Get: { TableName, Key: key(sk) } })),
    }),
  );
  assert.deepEqual(
    Responses.map((each) => each.Item),
    [{ ...key("updated"), v: 2 }, undefined, { ...key("put"), v: 1 }],
  );
});

test("a cancelled transaction gives its reasons and the item", async () => {
  const Item = { pk: "cancelled", sk: "1", v: 1 };
  await document.send(new PutCommand({ TableName, Item }));
  const transaction = new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName, Item: { pk: "cancelled", sk: "2" } } },
      {
        Put: {
          TableName,
          Item,
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    ],
  });
  await assert.rejects(document.send(transaction), (error) => {
    assert.ok(error instanceof TransactionCanceledException);
    assert.equal(
      error.message,
      "Transaction cancelled, please refer cancellation reasons for specific reasons " +
        "[None, ConditionalCheckFailed]",
    );
    const [innocent, failed] = error.CancellationReasons;
    assert.equal(innocent.Code, "None");
    assert.equal(innocent.Message, undefined);
    assert.equal(failed.Code, "ConditionalCheckFailed");
    assert.equal(failed.Item.v.N ?? failed.Item.v, failed.Item.v.N ? "1" : 1);
    return true;
  });
  assert.equal(await get({ pk: "cancelled", sk: "2" }), undefined);
});

test("a token makes a transaction happen once", async () => {
  const Key = { pk: "token", sk: "1" };
  const ClientRequestToken = randomUUID();
  const add = (amount) =>
    new TransactWriteCommand({
      ClientRequestToken,
      TransactItems: [
        {
          Update: {
            TableName,
            Key,
            UpdateExpression: "ADD n :n",
            ExpressionAttributeValues: { ":n": amount },
          },
        },
      ],
    });
  await document.send(add(1));
  await document.send(add(1));
  assert.deepEqual(await get(Key), { ...Key, n: 1 });
  await assert.rejects(document.send(add(2)), IdempotentParameterMismatchException);
  assert.deepEqual(await get(Key), { ...Key, n: 1 });
});
