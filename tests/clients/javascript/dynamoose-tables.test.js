// dynamoose: what a model does with a table that is there already: indexes made and taken away, time to live set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomUUID } from "node:crypto";
import dynamoose from "dynamoose";
import { DescribeTableCommand, DescribeTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { connect, credentials, serve } from "./server.js";

let server;
let client;

serve((started) => {
  ({ server, client } = started);
  dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB({ endpoint: server.endpoint, region: "us-east-1", credentials }));
});

const unique = (name) => `${name}-${randomUUID()}`;

const options = {
  throughput: "ON_DEMAND",
  waitForActive: { enabled: true, check: { frequency: 0, timeout: 20_000 } },
};

/** A model of a table that is there, whose indexes are to become the model's. */
const follower = (name, schema) => dynamoose.model(name, schema, { ...options, create: false, update: ["indexes"] });

const describe = async (TableName) => (await client.send(new DescribeTableCommand({ TableName }))).Table;

const expiry = async (TableName) => (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;

test("an index that a model gains is made with what the table holds, and is gone when a model has it no more", async () => {
  const name = unique("indexed");
  const Plain = dynamoose.model(name, { id: String, group: String, rank: Number }, options);
  await Plain.batchPut(Array.from({ length: 20 }, (_, each) => ({ id: `${each}`, group: each % 2 ? "odd" : "even", rank: each })));
  const byGroup = { name: "by-group", type: "global", rangeKey: "rank", project: ["id"] };
  const Indexed = follower(name, { id: String, group: { type: String, index: byGroup }, rank: Number });
  const found = await Indexed.query("group").eq("odd").where("rank").gt(10).using("by-group").exec();
  assert.deepEqual(found.map((each) => each.rank), [11, 13, 15, 17, 19]);
  const { GlobalSecondaryIndexes: [index] } = await describe(name);
  assert.deepEqual([index.IndexName, index.IndexStatus, index.ItemCount], ["by-group", "ACTIVE", 20]);
  await Indexed.create({ id: "new", group: "odd", rank: 99 });
  assert.equal((await Indexed.query("group").eq("odd").where("rank").gt(20).exec()).length, 1);
  const Bare = follower(name, { id: String, group: String, rank: Number });
  assert.equal((await Bare.get("new")).rank, 99);
  assert.equal((await describe(name)).GlobalSecondaryIndexes, undefined);
});

test("an index that a model has otherwise is taken away, and made when it is asked for again", async () => {
  const name = unique("changed");
  const schema = (index) => ({ id: String, group: { type: String, index }, rank: Number });
  const First = dynamoose.model(name, schema({ name: "by-group", type: "global" }), options);
  await First.create({ id: "1", group: "a", rank: 1 });
  const narrow = schema({ name: "by-group", type: "global", project: false });
  const Second = follower(name, narrow);
  assert.equal((await Second.get("1")).rank, 1);
  const Third = follower(name, narrow);
  const [found] = await Third.query("group").eq("a").using("by-group").exec();
  assert.deepEqual({ ...found }, { id: "1", group: "a" });
  const { GlobalSecondaryIndexes: [index] } = await describe(name);
  assert.equal(index.Projection.ProjectionType, "KEYS_ONLY");
});

test("several indexes come one after another", async () => {
  const name = unique("several");
  const First = dynamoose.model(name, { id: String, a: String, b: String, c: String }, options);
  await First.create({ id: "1", a: "x", b: "y", c: "z" });
  const index = { type: String, index: { type: "global" } };
  const Second = follower(name, { id: String, a: index, b: index, c: index });
  for (const [attribute, value] of [["a", "x"], ["b", "y"], ["c", "z"]]) {
    assert.equal((await Second.query(attribute).eq(value).exec())[0].id, "1");
  }
  assert.equal((await describe(name)).GlobalSecondaryIndexes.length, 3);
});

test("a model whose items expire sets the table's time to live, once", async () => {
  const name = unique("sessions");
  const expiring = { ...options, expires: { ttl: 3_600_000, attribute: "until" } };
  const First = dynamoose.model(name, { id: String }, expiring);
  await First.create({ id: "1" });
  const described = await expiry(name);
  assert.equal(described.AttributeName, "until");
  assert.match(described.TimeToLiveStatus, /^ENABL(ED|ING)$/);
  // A second model finds it set and leaves it so: asking twice is an error.
  const Second = dynamoose.model(name, { id: String }, expiring);
  const found = await Second.get("1");
  assert.ok(found.until > new Date());
  assert.deepEqual(await expiry(name), described);
});

test("a table that is there gets its time to live by an update", async () => {
  const name = unique("later");
  const First = dynamoose.model(name, { id: String }, options);
  await First.create({ id: "1" });
  assert.equal((await expiry(name)).TimeToLiveStatus, "DISABLED");
  const Second = dynamoose.model(name, { id: String }, { ...options, create: false, update: ["ttl"], expires: 60_000 });
  await Second.create({ id: "2" });
  assert.equal((await expiry(name)).AttributeName, "ttl");
});
