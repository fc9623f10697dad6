// Tables: made, waited for, described, listed, tagged, deleted.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  paginateListTables,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { connect, makeTable, start } from "./server.js";

let server;
let client;

before(async () => {
  server = await start();
  client = connect(server.endpoint);
});

after(async () => {
  client.destroy();
  await server.end();
});

test("a table is made, described, updated and deleted", async () => {
  const TableName = await makeTable(client);
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.equal(Table.TableStatus, "ACTIVE");
  assert.ok(Table.CreationDateTime instanceof Date);
  assert.ok(Date.now() - Table.CreationDateTime.getTime() < 60_000);
  await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
  await assert.rejects(client.send(new DeleteTableCommand({ TableName })), { name: "ValidationException" });
  await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
  await assert.rejects(client.send(new DescribeTableCommand({ TableName })), ResourceNotFoundException);
});

test("a table with indexes is kept as it was asked for", async () => {
  const TableName = await makeTable(client, {
    AttributeDefinitions: ["pk", "sk", "g", "h", "l"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    LocalSecondaryIndexes: [
      {
        IndexName: "by-l",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "l", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-g-and-h",
        KeySchema: [
          { AttributeName: "g", KeyType: "HASH" },
          { AttributeName: "h", KeyType: "HASH" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["p"] },
      },
    ],
  });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.equal(Table.LocalSecondaryIndexes[0].IndexName, "by-l");
  const [index] = Table.GlobalSecondaryIndexes;
  assert.deepEqual(index.KeySchema.map((each) => each.AttributeName), ["g", "h"]);
  assert.deepEqual(index.Projection, { ProjectionType: "INCLUDE", NonKeyAttributes: ["p"] });
  assert.equal(index.IndexStatus, "ACTIVE");
});

test("a name in use is an error with a class of its own", async () => {
  const TableName = await makeTable(client);
  const again = new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  });
  await assert.rejects(client.send(again), (error) => {
    assert.ok(error instanceof ResourceInUseException);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[A-Z0-9]{52}$/);
    return true;
  });
});

test("tables are listed page by page", async () => {
  const made = [await makeTable(client), await makeTable(client), await makeTable(client)];
  const listed = [];
  for await (const page of paginateListTables({ client, pageSize: 2 }, {})) {
    assert.ok(page.TableNames.length <= 2);
    listed.push(...page.TableNames);
  }
  assert.deepEqual(listed, [...listed].sort());
  for (const name of made) assert.ok(listed.includes(name));
});

test("tags are set, listed and taken away", async () => {
  const TableName = await makeTable(client, { Tags: [{ Key: "made", Value: "here" }] });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const ResourceArn = Table.TableArn;
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "more", Value: "" }] }));
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["made"] }));
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  assert.deepEqual(Tags, [{ Key: "more", Value: "" }]);
});

test("limits and endpoints are described", async () => {
  const limits = await client.send(new DescribeLimitsCommand({}));
  assert.equal(limits.AccountMaxReadCapacityUnits, 80_000);
  const { Endpoints } = await client.send(new DescribeEndpointsCommand({}));
  assert.ok(Endpoints[0].Address);
});

test("a waiter gives up on a table that never comes", async () => {
  const waiting = waitUntilTableExists(
    { client, maxWaitTime: 2, minDelay: 1, maxDelay: 1 },
    { TableName: "no-such-table" },
  );
  await assert.rejects(waiting, { name: "TimeoutError" });
});
