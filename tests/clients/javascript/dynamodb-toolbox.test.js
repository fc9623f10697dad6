// dynamodb-toolbox: tables and entities, and every command of theirs.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  $add,
  $append,
  $delete,
  $get,
  $prepend,
  $remove,
  $set,
  $subtract,
  $sum,
  BatchDeleteRequest,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  ConditionCheck,
  DeleteItemCommand,
  DeletePartitionCommand,
  DeleteTransaction,
  Entity,
  EntityAccessPattern,
  GetItemCommand,
  GetTransaction,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  ScanCommand,
  Table,
  UpdateAttributesCommand,
  UpdateItemCommand,
  UpdateTransaction,
  anyOf,
  binary,
  boolean,
  executeBatchGet,
  executeBatchWrite,
  executeTransactGet,
  executeTransactWrite,
  isConditionCheckFailed,
  isTransactionCancelled,
  item,
  list,
  map,
  nul,
  number,
  prefix,
  record,
  set,
  string,
  tuple,
} from "dynamodb-toolbox";
import { GetItemCommand as RawGetItemCommand } from "@aws-sdk/client-dynamodb";
import { connect, documents, makeTable, serve } from "./server.js";

let client;

serve((started) => ({ client } = started));

/** A shop: its table, with an index of each kind, and two kinds of item in it. */
async function makeShop() {
  const name = await makeTable(client, {
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
      { AttributeName: "kind", AttributeType: "S" },
      { AttributeName: "price", AttributeType: "N" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-kind",
        KeySchema: [
          { AttributeName: "kind", KeyType: "HASH" },
          { AttributeName: "price", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-price",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "price", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  const table = new Table({
    name,
    documentClient: documents(client, { marshallOptions: { removeUndefinedValues: true } }),
    partitionKey: { name: "pk", type: "string" },
    sortKey: { name: "sk", type: "string" },
    indexes: {
      "by-kind": { type: "global", partitionKey: { name: "kind", type: "string" }, sortKey: { name: "price", type: "number" } },
      "by-price": { type: "local", sortKey: { name: "price", type: "number" } },
    },
  });
  return { table, Product: product(table), Review: review(table) };
}

const product = (table) =>
  new Entity({
    name: "Product",
    table,
    schema: item({
      shop: string().key().savedAs("pk").transform(prefix("SHOP")),
      code: string().key().savedAs("sk").transform(prefix("PRODUCT")),
      kind: string().enum("book", "record").default("book"),
      price: number().optional(),
      stock: number().default(0),
      isUsed: boolean().optional(),
      cover: binary().optional(),
      nothing: nul().optional(),
      labels: set(string()).optional(),
      history: list(map({ at: string(), price: number() })).optional(),
      size: map({ wide: number(), deep: number().optional() }).optional(),
      counts: record(string(), number()).optional(),
      place: tuple(string(), number()).optional(),
      note: anyOf(string(), number()).optional(),
    }),
  });

const review = (table) =>
  new Entity({
    name: "Review",
    table,
    schema: item({
      shop: string().key().savedAs("pk").transform(prefix("SHOP")),
      id: string().key().savedAs("sk").transform(prefix("REVIEW")),
      stars: number(),
    }),
    timestamps: false,
  });

const full = {
  shop: "s",
  code: "full",
  kind: "record",
  price: 9.99,
  stock: 3,
  isUsed: false,
  cover: new Uint8Array([0, 1, 255]),
  nothing: null,
  labels: new Set(["new", "blue"]),
  history: [{ at: "then", price: 12 }],
  size: { wide: 30, deep: 30 },
  counts: { views: 7 },
  place: ["shelf", 4],
  note: 1,
};

const put = (entity, ...items) => Promise.all(items.map((each) => entity.build(PutItemCommand).item(each).send()));
const get = async (entity, key) => (await entity.build(GetItemCommand).key(key).options({ consistent: true }).send()).Item;
const codes = (found) => found.map((each) => each.code);

test("an item is put and formatted back as it was, and stored with its entity, its times and its prefixes", async () => {
  const { table, Product } = await makeShop();
  const { ToolboxItem } = await Product.build(PutItemCommand).item(full).send();
  const { created, modified, ...found } = await get(Product, { shop: "s", code: "full" });
  assert.deepEqual(found, full);
  assert.equal(created, ToolboxItem.created);
  assert.equal(modified, ToolboxItem.modified);
  const Key = { pk: { S: "SHOP#s" }, sk: { S: "PRODUCT#full" } };
  const { Item } = await client.send(new RawGetItemCommand({ TableName: table.getName(), Key }));
  assert.deepEqual(Item._et, { S: "Product" });
  assert.equal(Item._ct.S, created);
  assert.equal(await get(Product, { shop: "s", code: "none" }), undefined);
});

test("a get may ask for some attributes, nested ones too", async () => {
  const { Product } = await makeShop();
  await put(Product, full);
  const key = { shop: "s", code: "full" };
  const { Item, ConsumedCapacity } = await Product.build(GetItemCommand)
    .key(key)
    .options({ attributes: ["price", "size.wide", "history[0].at"], capacity: "TOTAL" })
    .send();
  assert.deepEqual(Item, { price: 9.99, size: { wide: 30 }, history: [{ at: "then" }] });
  assert.equal(ConsumedCapacity.CapacityUnits, 0.5);
});

test("a put under a condition is refused with what is there", async () => {
  const { Product } = await makeShop();
  await put(Product, { shop: "s", code: "a", price: 1 });
  const command = Product.build(PutItemCommand)
    .item({ shop: "s", code: "a", price: 2 })
    .options({ condition: { attr: "code", exists: false }, returnValuesOnConditionFalse: "ALL_OLD" });
  await assert.rejects(command.send(), (error) => {
    assert.ok(isConditionCheckFailed(error));
    assert.deepEqual(error.Item.price, { N: "1" });
    return true;
  });
  const cheap = { and: [{ attr: "price", lt: 5 }, { or: [{ attr: "stock", eq: 0 }, { attr: "note", beginsWith: "re" }] }] };
  const { Attributes } = await Product.build(PutItemCommand)
    .item({ shop: "s", code: "a", price: 2 })
    .options({ condition: cheap, returnValues: "ALL_OLD" })
    .send();
  assert.equal(Attributes.price, 1);
});

test("every kind of condition is understood", async () => {
  const { Product } = await makeShop();
  await put(Product, full);
  const holds = async (condition) => {
    const command = Product.build(UpdateItemCommand).item({ shop: "s", code: "full" }).options({ condition });
    return command.send().then(() => true, (error) => {
      assert.ok(isConditionCheckFailed(error), error);
      return false;
    });
  };
  for (const condition of [
    { attr: "price", between: [9, 10] },
    { attr: "kind", in: ["book", "record"] },
    { attr: "labels", contains: "blue" },
    { attr: "cover", type: "B" },
    { size: "history", gte: 1 },
    { attr: "size.wide", eq: { attr: "size.deep" } },
    { not: { attr: "isUsed", eq: true } },
    { attr: "counts.views", ne: 8 },
  ]) {
    assert.equal(await holds(condition), true, JSON.stringify(condition));
  }
  for (const condition of [{ attr: "price", gt: 10 }, { attr: "nothing", exists: false }, { attr: "place[1]", lte: 3 }]) {
    assert.equal(await holds(condition), false, JSON.stringify(condition));
  }
});

test("an update sets, adds, takes away, appends and removes in one go", async () => {
  const { Product } = await makeShop();
  await put(Product, full);
  const { Attributes } = await Product.build(UpdateItemCommand)
    .item({
      shop: "s",
      code: "full",
      kind: "book",
      price: $sum($get("price"), 0.01),
      stock: $subtract($get("stock"), 1),
      isUsed: $remove(),
      labels: $add(new Set(["red"])),
      history: $append([{ at: "now", price: 10 }]),
      size: { wide: $add(2), deep: $remove() },
      counts: { views: $add(1), sales: 1 },
      note: "good",
    })
    .options({ returnValues: "ALL_NEW" })
    .send();
  assert.equal(Attributes.price, 10);
  assert.equal(Attributes.stock, 2);
  assert.equal(Attributes.isUsed, undefined);
  assert.deepEqual(Attributes.labels, new Set(["blue", "new", "red"]));
  assert.deepEqual(Attributes.history, [{ at: "then", price: 12 }, { at: "now", price: 10 }]);
  assert.deepEqual(Attributes.size, { wide: 32 });
  assert.deepEqual(Attributes.counts, { views: 8, sales: 1 });
  assert.equal(Attributes.note, "good");
  const again = await Product.build(UpdateItemCommand)
    .item({
      shop: "s",
      code: "full",
      labels: $delete(new Set(["red", "new"])),
      history: $prepend([{ at: "first", price: 1 }]),
      stock: $get("counts.views"),
      size: $set({ wide: 1 }),
      counts: { sales: $remove() },
    })
    .options({ returnValues: "UPDATED_NEW" })
    .send();
  assert.deepEqual(again.Attributes.labels, new Set(["blue"]));
  assert.deepEqual(again.Attributes.history.map((each) => each.at), ["first", "then", "now"]);
  assert.equal(again.Attributes.stock, 8);
  assert.deepEqual((await get(Product, { shop: "s", code: "full" })).counts, { views: 8 });
});

test("elements of a list are set and removed by their place", async () => {
  const { Product } = await makeShop();
  await put(Product, { ...full, history: [{ at: "0", price: 0 }, { at: "1", price: 1 }, { at: "2", price: 2 }] });
  await Product.build(UpdateItemCommand)
    .item({ shop: "s", code: "full", history: { 0: $remove(), 1: { price: $add(10) }, 2: { at: "two" } } })
    .send();
  assert.deepEqual((await get(Product, { shop: "s", code: "full" })).history, [{ at: "1", price: 11 }, { at: "two", price: 2 }]);
});

test("an update makes the item that is not there; whole attributes are written over", async () => {
  const { Product } = await makeShop();
  await Product.build(UpdateItemCommand).item({ shop: "s", code: "new", kind: "book", price: 5, stock: $add(2) }).send();
  const made = await get(Product, { shop: "s", code: "new" });
  assert.equal(made.price, 5);
  assert.equal(made.stock, 2);
  await Product.build(UpdateAttributesCommand).item({ shop: "s", code: "new", size: { wide: 1, deep: 2 } }).send();
  await Product.build(UpdateAttributesCommand).item({ shop: "s", code: "new", size: { wide: 9 } }).send();
  assert.deepEqual((await get(Product, { shop: "s", code: "new" })).size, { wide: 9 });
});

test("a delete answers what was there, and nothing the second time", async () => {
  const { Product } = await makeShop();
  await put(Product, full);
  const command = Product.build(DeleteItemCommand).key({ shop: "s", code: "full" }).options({ returnValues: "ALL_OLD" });
  assert.equal((await command.send()).Attributes.price, 9.99);
  assert.equal((await command.send()).Attributes, undefined);
});

test("a query tells the entities of a table apart, in both orders, filtered and page by page", async () => {
  const { table, Product, Review } = await makeShop();
  await put(Product, ...["a", "b", "c"].map((code, each) => ({ shop: "s", code, price: 10 - each })));
  await put(Review, { shop: "s", id: "1", stars: 5 }, { shop: "s", id: "2", stars: 1 });
  const query = () => table.build(QueryCommand).entities(Product, Review);
  const all = await query().query({ partition: "SHOP#s" }).options({ maxPages: Infinity }).send();
  assert.deepEqual(all.Items.map((each) => each.code ?? each.id), ["a", "b", "c", "1", "2"]);
  const reviews = await query().query({ partition: "SHOP#s", range: { beginsWith: "REVIEW#" } }).options({ reverse: true }).send();
  assert.deepEqual(reviews.Items, [{ shop: "s", id: "2", stars: 1 }, { shop: "s", id: "1", stars: 5 }]);
  const filtered = await query()
    .query({ partition: "SHOP#s" })
    .options({ filters: { Product: { attr: "price", gte: 9 }, Review: { attr: "stars", gt: 4 } } })
    .send();
  assert.deepEqual(filtered.Items.map((each) => each.code ?? each.id), ["a", "b", "1"]);
  const between = await table.build(QueryCommand).entities(Product)
    .query({ partition: "SHOP#s", range: { between: ["PRODUCT#b", "PRODUCT#c"] } })
    .options({ attributes: ["code", "price"] })
    .send();
  assert.deepEqual(between.Items, [{ code: "b", price: 9 }, { code: "c", price: 8 }]);
  const found = [];
  let exclusiveStartKey;
  do {
    const page = await query().query({ partition: "SHOP#s" }).options({ limit: 2, exclusiveStartKey }).send();
    found.push(...page.Items);
    exclusiveStartKey = page.LastEvaluatedKey;
  } while (exclusiveStartKey);
  assert.equal(found.length, 5);
  const counted = await query().query({ partition: "SHOP#s" }).options({ select: "COUNT" }).send();
  assert.deepEqual([counted.Count, counted.ScannedCount], [5, 5]);
});

test("a query goes by a global and by a local index", async () => {
  const { table, Product } = await makeShop();
  await put(Product, ...["a", "b", "c"].map((code, each) => ({ shop: `s${each % 2}`, code, kind: "record", price: 10 - each })));
  const query = (by) => table.build(QueryCommand).entities(Product).query(by).send();
  assert.deepEqual(codes((await query({ index: "by-kind", partition: "record" })).Items), ["c", "b", "a"]);
  assert.deepEqual(codes((await query({ index: "by-kind", partition: "record", range: { gt: 8 } })).Items), ["b", "a"]);
  assert.deepEqual(codes((await query({ index: "by-price", partition: "SHOP#s0", range: { lte: 9 } })).Items), ["c"]);
});

test("an access pattern is a query with a name of its own", async () => {
  const { Product } = await makeShop();
  await put(Product, { shop: "s", code: "a", price: 1 }, { shop: "s", code: "b", price: 5 });
  const below = Product.build(EntityAccessPattern)
    .schema(map({ shop: string(), price: number() }))
    .pattern(({ shop, price }) => ({ index: "by-price", partition: `SHOP#${shop}`, range: { lt: price } }));
  assert.deepEqual(codes((await below.query({ shop: "s", price: 3 }).send()).Items), ["a"]);
});

test("a scan filters, counts and goes in segments", async () => {
  const { table, Product, Review } = await makeShop();
  await put(Product, ...Array.from({ length: 20 }, (_, each) => ({ shop: `${each}`, code: `${each}`, price: each })));
  await put(Review, { shop: "1", id: "1", stars: 5 });
  const scan = (options, entities = [Product]) => table.build(ScanCommand).entities(...entities).options({ maxPages: Infinity, ...options }).send();
  assert.equal((await scan({})).Items.length, 20);
  assert.equal((await scan({}, [Product, Review])).Items.length, 21);
  assert.equal((await scan({ filters: { Product: { attr: "price", lt: 5 } } })).Items.length, 5);
  assert.equal((await scan({ index: "by-kind", limit: 7 })).Items.length, 20);
  const segments = await Promise.all([0, 1, 2].map((segment) => scan({ segment, totalSegments: 3 })));
  const found = segments.flatMap((each) => codes(each.Items));
  assert.deepEqual(found.sort(), Array.from({ length: 20 }, (_, each) => `${each}`).sort());
});

test("batches write, get in order, and delete", async () => {
  const { table, Product, Review } = await makeShop();
  const puts = ["a", "b", "c"].map((code) => Product.build(BatchPutRequest).item({ shop: "s", code, price: 1 }));
  const written = await executeBatchWrite(
    { maxAttempts: 3 },
    table.build(BatchWriteCommand).requests(...puts, Review.build(BatchPutRequest).item({ shop: "s", id: "1", stars: 4 })),
  );
  assert.deepEqual(written.UnprocessedItems ?? {}, {});
  await executeBatchWrite(table.build(BatchWriteCommand).requests(Product.build(BatchDeleteRequest).key({ shop: "s", code: "b" })));
  const gets = ["c", "b", "a"].map((code) => Product.build(BatchGetRequest).key({ shop: "s", code }));
  const { Responses } = await executeBatchGet(
    table.build(BatchGetCommand).requests(...gets, Review.build(BatchGetRequest).key({ shop: "s", id: "1" })).options({ consistent: true }),
  );
  assert.deepEqual(Responses[0].map((each) => each?.code ?? each?.stars), ["c", undefined, "a", 4]);
});

test("a partition is deleted, one kind of item or all", async () => {
  const { table, Product, Review } = await makeShop();
  await put(Product, { shop: "s", code: "a" }, { shop: "s", code: "b" }, { shop: "t", code: "a" });
  await put(Review, { shop: "s", id: "1", stars: 1 });
  await table.build(DeletePartitionCommand).entities(Product).query({ partition: "SHOP#s" }).send();
  const left = await table.build(ScanCommand).entities(Product, Review).send();
  assert.deepEqual(left.Items.map((each) => [each.shop, each.code ?? each.id]).sort(), [["s", "1"], ["t", "a"]]);
});

test("a transaction writes all or nothing, and its reasons say which", async () => {
  const { Product, Review } = await makeShop();
  await put(Product, { shop: "s", code: "a", stock: 1 }, { shop: "s", code: "b" });
  const actions = (id) => [
    Product.build(UpdateTransaction).item({ shop: "s", code: "a", stock: $add(-1) }).options({ condition: { attr: "stock", gt: 0 } }),
    Product.build(DeleteTransaction).key({ shop: "s", code: "b" }),
    Review.build(PutTransaction).item({ shop: "s", id, stars: 3 }),
    Review.build(ConditionCheck).key({ shop: "s", id: "none" }).condition({ attr: "stars", exists: false }),
  ];
  const token = { clientRequestToken: "a-token" };
  await executeTransactWrite(token, ...actions("1"));
  await assert.rejects(executeTransactWrite(...actions("2")), (error) => {
    assert.ok(isTransactionCancelled(error));
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["ConditionalCheckFailed", "None", "None", "None"]);
    return true;
  });
  const { Responses } = await executeTransactGet(
    Product.build(GetTransaction).key({ shop: "s", code: "a" }).options({ attributes: ["stock"] }),
    Product.build(GetTransaction).key({ shop: "s", code: "b" }),
    Review.build(GetTransaction).key({ shop: "s", id: "1" }),
    Review.build(GetTransaction).key({ shop: "s", id: "2" }),
  );
  assert.deepEqual(Responses.map((each) => each.Item), [{ stock: 0 }, undefined, { shop: "s", id: "1", stars: 3 }, undefined]);
});
