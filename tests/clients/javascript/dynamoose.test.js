// dynamoose: models and what they do with items. What models do with tables is in dynamoose-tables.test.js.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomUUID } from "node:crypto";
import dynamoose from "dynamoose";
import { DescribeTableCommand, GetItemCommand, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { connect, credentials, makeTable, serve } from "./server.js";

let server;
let client;

serve((started) => {
  ({ server, client } = started);
  dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB({ endpoint: server.endpoint, region: "us-east-1", credentials }));
});

/** A name that no other model or table has. */
const unique = (name) => `${name}-${randomUUID()}`;

const songs = () =>
  new dynamoose.Schema(
    {
      artist: { type: String, hashKey: true },
      title: { type: String, rangeKey: true },
      year: { type: Number, index: { name: "by-year", type: "local", project: ["length"] } },
      album: { type: String, index: { name: "by-album", type: "global", rangeKey: "track" } },
      track: Number,
      length: { type: Number, validate: (length) => length > 0 },
      genre: { type: String, enum: ["jazz", "soul"], default: "jazz" },
      isLive: Boolean,
      released: Date,
      cover: Buffer,
      moods: { type: Set, schema: [String] },
      takes: { type: Array, schema: [Number] },
      studio: {
        type: Object,
        schema: { name: String, place: { type: Object, schema: { city: String, country: String } } },
      },
      plays: Number,
    },
    { timestamps: true, saveUnknown: ["extra.**"] },
  );

/** A model of songs, whose table it makes itself. */
const songModel = (options = {}) =>
  dynamoose.model(unique("songs"), songs(), {
    throughput: "ON_DEMAND",
    waitForActive: { enabled: true, check: { frequency: 0, timeout: 20_000 } },
    ...options,
  });

/** The model with a song for each of the titles, by one artist, of one album, in that order. */
async function album(titles) {
  const Song = songModel();
  await Song.batchPut(
    titles.map((title, each) => ({
      artist: "Nina", title, album: "Pastel", track: each + 1, year: 1960 + each, length: 100 + each, plays: 0,
    })),
  );
  return Song;
}

const titles = (found) => found.map((song) => song.title);
const isConditionFailed = { name: "ConditionalCheckFailedException" };

test("a model makes its table with its keys, its indexes and its tags, and waits until it is active", async () => {
  const Song = songModel({ tags: { made: "here" }, tableClass: "infrequentAccess" });
  await Song.create({ artist: "Nina", title: "Sinnerman" });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: Song.name }));
  assert.equal(Table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.equal(Table.TableClassSummary.TableClass, "STANDARD_INFREQUENT_ACCESS");
  assert.deepEqual(Table.KeySchema, [
    { AttributeName: "artist", KeyType: "HASH" },
    { AttributeName: "title", KeyType: "RANGE" },
  ]);
  const [global] = Table.GlobalSecondaryIndexes;
  assert.equal(global.IndexName, "by-album");
  assert.deepEqual(global.KeySchema.map((key) => key.AttributeName), ["album", "track"]);
  const [local] = Table.LocalSecondaryIndexes;
  assert.deepEqual(local.KeySchema.map((key) => key.AttributeName), ["artist", "year"]);
  assert.deepEqual(local.Projection, { ProjectionType: "INCLUDE", NonKeyAttributes: ["length"] });
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn }));
  assert.deepEqual(Tags, [{ Key: "made", Value: "here" }]);
});

test("a model may ask for provisioned throughput, and a second model finds the table there", async () => {
  const name = unique("provisioned");
  const schema = { id: String, group: { type: String, index: true } };
  const options = { throughput: { read: 3, write: 2 } };
  const First = dynamoose.model(name, schema, options);
  await First.create({ id: "1", group: "a" });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 3);
  assert.equal(Table.GlobalSecondaryIndexes[0].ProvisionedThroughput.WriteCapacityUnits, 2);
  const Second = dynamoose.model(name, schema, options);
  assert.equal((await Second.get("1")).group, "a");
});

test("throughput, table class and tags follow the model when it says so", async () => {
  const name = unique("updated");
  const First = dynamoose.model(name, { id: String }, { throughput: 1, tags: { stays: "1", changes: "1", goes: "1" } });
  await First.create({ id: "1" });
  // dynamoose leaves a table alone that it finds unless `create` is off.
  const Second = dynamoose.model(name, { id: String }, {
    create: false,
    update: ["throughput", "tags", "tableClass"],
    throughput: "ON_DEMAND",
    tableClass: "infrequentAccess",
    tags: { stays: "1", changes: "2", comes: "1" },
  });
  assert.equal((await Second.get("1")).id, "1");
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  assert.equal(Table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.equal(Table.TableClassSummary.TableClass, "STANDARD_INFREQUENT_ACCESS");
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn }));
  assert.deepEqual(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), { stays: "1", changes: "2", comes: "1" });
});

test("a model that waits for a table that is not there says so", async () => {
  const Missing = dynamoose.model(unique("missing"), { id: String }, { create: false, waitForActive: false });
  await assert.rejects(Missing.get("1"), { name: "ResourceNotFoundException" });
});

test("an item of every type comes back as it went in, with the times of its making", async () => {
  const Song = songModel();
  const song = {
    artist: "Nina",
    title: "Feeling Good",
    year: 1965,
    length: 177.5,
    isLive: false,
    released: new Date("1965-06-01T12:34:56.789Z"),
    cover: Buffer.from([0, 1, 255]),
    moods: new Set(["free", "new"]),
    takes: [3, 1, 2],
    studio: { name: "RCA", place: { city: "New York", country: "US" } },
    extra: { any: ["thing", { deep: true }] },
  };
  const made = await Song.create(song);
  const got = await Song.get({ artist: "Nina", title: "Feeling Good" }, { consistent: true });
  const { createdAt, updatedAt, ...rest } = { ...got };
  assert.deepEqual(rest, { ...song, genre: "jazz" });
  assert.equal(createdAt.getTime(), new Date(made.createdAt).getTime());
  assert.equal(updatedAt.getTime(), createdAt.getTime());
  assert.equal(await Song.get({ artist: "Nina", title: "none" }), undefined);
  const part = await Song.get({ artist: "Nina", title: "Feeling Good" }, { attributes: ["year"] });
  assert.deepEqual({ ...part }, { year: 1965 });
});

test("create refuses an item that is there, unless told to write over it", async () => {
  const Song = songModel();
  const key = { artist: "Nina", title: "Sinnerman" };
  await Song.create({ ...key, year: 1965 });
  await assert.rejects(Song.create({ ...key, year: 1966 }), isConditionFailed);
  await Song.create({ ...key, year: 1967 }, { overwrite: true });
  const song = await Song.get(key);
  assert.equal(song.year, 1967);
  song.year = 1968;
  await song.save();
  assert.equal((await Song.get(key)).year, 1968);
});

test("a schema's own rules are kept before anything is sent", async () => {
  const Song = songModel();
  const key = { artist: "Nina", title: "Sinnerman" };
  await assert.rejects(Song.create({ ...key, length: -1 }), { name: "ValidationError" });
  await assert.rejects(Song.create({ ...key, genre: "polka" }), { name: "ValidationError" });
  assert.equal(await Song.get(key), undefined);
});

test("update sets, adds, removes and appends, and answers what was asked for", async () => {
  const Song = songModel();
  const key = { artist: "Nina", title: "Sinnerman" };
  await Song.create({ ...key, year: 1965, length: 620, takes: [1], moods: new Set(["dark"]) });
  const updated = await Song.update(key, {
    $SET: { genre: "soul", studio: { name: "RCA", place: { city: "New York" } } },
    $ADD: { plays: 5, moods: new Set(["long"]), takes: 2 },
    $REMOVE: ["length"],
  });
  assert.equal(updated.plays, 5);
  assert.deepEqual(updated.moods, new Set(["dark", "long"]));
  assert.deepEqual(updated.takes, [1, 2]);
  assert.equal(updated.length, undefined);
  assert.equal(updated.studio.place.city, "New York");
  assert.ok(updated.updatedAt >= updated.createdAt);
  await Song.update(key, { $DELETE: { moods: new Set(["dark"]) } });
  assert.deepEqual((await Song.get(key)).moods, new Set(["long"]));
  const before = await Song.update(key, { year: 1966 }, { returnValues: "UPDATED_OLD" });
  assert.equal(before.year, 1965);
  // An update makes the item that is not there.
  await Song.update({ artist: "Nina", title: "new" }, { year: 1970 });
  assert.equal((await Song.get({ artist: "Nina", title: "new" })).year, 1970);
});

test("conditions guard updates and deletes", async () => {
  const Song = songModel();
  const key = { artist: "Nina", title: "Sinnerman" };
  await Song.create({ ...key, year: 1965, plays: 1, genre: "soul" });
  const played = new dynamoose.Condition().where("plays").ge(1).and().where("genre").in(["soul", "jazz"]);
  await Song.update(key, { $ADD: { plays: 1 } }, { condition: played });
  const unplayed = new dynamoose.Condition().attribute("plays").not().exists().or().where("year").between(1900, 1950);
  await assert.rejects(Song.update(key, { $ADD: { plays: 1 } }, { condition: unplayed }), isConditionFailed);
  await assert.rejects(Song.delete(key, { condition: unplayed }), isConditionFailed);
  const either = new dynamoose.Condition()
    .parenthesis(new dynamoose.Condition().where("year").lt(1900).or().where("title").beginsWith("Sinner"))
    .and().where("plays").eq(2);
  await Song.delete(key, { condition: either });
  assert.equal(await Song.get(key), undefined);
});

test("a query finds by key, in both orders, by condition and page by page", async () => {
  const Song = await album(["a1", "a2", "b1", "b2", "b3"]);
  const nina = () => Song.query("artist").eq("Nina");
  assert.deepEqual(titles(await nina().exec()), ["a1", "a2", "b1", "b2", "b3"]);
  assert.deepEqual(titles(await nina().sort("descending").limit(2).exec()), ["b3", "b2"]);
  assert.deepEqual(titles(await nina().where("title").beginsWith("b").exec()), ["b1", "b2", "b3"]);
  assert.deepEqual(titles(await nina().where("title").between("a2", "b2").exec()), ["a2", "b1", "b2"]);
  assert.deepEqual(titles(await nina().where("title").gt("b1").filter("length").lt(104).exec()), ["b2"]);
  assert.deepEqual(titles(await nina().filter("plays").eq(0).and().filter("track").in([1, 5]).exec()), ["a1", "b3"]);
  await assert.rejects(nina().filter("title").contains("1").exec(), { name: "ValidationException" });
  const counted = await nina().filter("length").ge(103).count().exec();
  assert.equal(counted.count, 2);
  const first = await nina().limit(3).exec();
  assert.deepEqual([first.count, first.lastKey.title], [3, "b1"]);
  const second = await nina().limit(3).startAt(first.lastKey).exec();
  assert.deepEqual([titles(second), second.lastKey], [["b2", "b3"], undefined]);
  assert.equal((await nina().limit(1).all().exec()).length, 5);
  const [one] = await nina().attributes(["length"]).limit(1).consistent().exec();
  assert.deepEqual({ ...one }, { length: 100 });
});

test("a query goes by an index, global or local", async () => {
  const Song = await album(["c", "b", "a"]);
  const byTrack = await Song.query("album").eq("Pastel").where("track").ge(2).using("by-album").exec();
  assert.deepEqual(titles(byTrack), ["b", "a"]);
  // dynamoose finds the index by the attributes.
  assert.deepEqual(titles(await Song.query("album").eq("Pastel").exec()), ["c", "b", "a"]);
  const byYear = await Song.query("artist").eq("Nina").where("year").lt(1962).using("by-year").exec();
  assert.deepEqual(byYear.map((song) => [song.title, song.year, song.length, song.plays]), [
    ["c", 1960, 100, undefined],
    ["b", 1961, 101, undefined],
  ]);
  const page = await Song.query("album").eq("Pastel").using("by-album").limit(1).exec();
  const rest = await Song.query("album").eq("Pastel").using("by-album").startAt(page.lastKey).exec();
  assert.deepEqual(titles(rest), ["b", "a"]);
});

test("a scan filters, counts, pages and runs in parallel", async () => {
  const names = Array.from({ length: 40 }, (_, each) => `t${each}`);
  const Song = songModel();
  await Song.batchPut(names.slice(0, 25).map((title) => ({ artist: title, title, moods: new Set(["x"]), plays: 1 })));
  await Song.batchPut(names.slice(25).map((title) => ({ artist: title, title, plays: 2 })));
  assert.deepEqual(titles(await Song.scan().exec()).sort(), [...names].sort());
  assert.equal((await Song.scan("moods").contains("x").exec()).length, 25);
  assert.equal((await Song.scan("moods").not().exists().exec()).length, 15);
  assert.equal((await Song.scan("plays").in([2, 3]).count().exec()).count, 15);
  assert.equal((await Song.scan({ plays: { gt: 1 } }).exec()).length, 15);
  const parallel = await Song.scan().parallel(4).exec();
  assert.deepEqual(titles(parallel).sort(), [...names].sort());
  const paged = [];
  let lastKey;
  do {
    const scan = Song.scan().limit(7);
    const page = await (lastKey ? scan.startAt(lastKey) : scan).exec();
    paged.push(...titles(page));
    lastKey = page.lastKey;
  } while (lastKey);
  assert.deepEqual(paged.sort(), [...names].sort());
});

test("a batch puts, gets in the order asked for, and deletes", async () => {
  const Song = await album(["a", "b", "c"]);
  const key = (title) => ({ artist: "Nina", title });
  const got = await Song.batchGet([key("c"), key("none"), key("a")]);
  assert.deepEqual(titles(got), ["c", "a"]);
  assert.deepEqual(got.unprocessedKeys, []);
  const deleted = await Song.batchDelete([key("a"), key("none")]);
  assert.deepEqual(deleted.unprocessedItems, []);
  assert.deepEqual(titles(await Song.scan().exec()), ["b", "c"]);
});

test("a transaction writes all or nothing, over two models", async () => {
  const Song = await album(["a", "b", "c"]);
  const Count = dynamoose.model(unique("counts"), { id: String, count: Number }, { throughput: "ON_DEMAND" });
  await Count.create({ id: "songs", count: 3 });
  const key = (title) => ({ artist: "Nina", title });
  const isThree = new dynamoose.Condition().where("count").eq(3);
  await dynamoose.transaction([
    Song.transaction.create({ ...key("d"), year: 1970 }),
    Song.transaction.update(key("a"), { $ADD: { plays: 1 } }),
    Song.transaction.delete(key("b")),
    Song.transaction.condition(key("c"), new dynamoose.Condition().where("plays").eq(0)),
    Count.transaction.update({ id: "songs" }, { $ADD: { count: 0 } }, { condition: isThree }),
  ]);
  assert.deepEqual(titles(await Song.query("artist").eq("Nina").exec()), ["a", "c", "d"]);
  const failing = dynamoose.transaction([
    Song.transaction.delete(key("a")),
    Song.transaction.create({ ...key("d"), year: 1971 }),
  ]);
  await assert.rejects(failing, (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    return true;
  });
  const [song, count] = await dynamoose.transaction([Song.transaction.get(key("a")), Count.transaction.get("songs")]);
  assert.deepEqual([song.plays, count.count], [1, 3]);
});

test("items that name others are populated with them", async () => {
  const Writer = dynamoose.model(unique("writers"), { id: String, name: String }, { throughput: "ON_DEMAND" });
  const Book = dynamoose.model(
    unique("books"),
    { id: String, writer: Writer, sequel: dynamoose.type.THIS },
    { throughput: "ON_DEMAND" },
  );
  await Writer.create({ id: "w", name: "Ursula" });
  await Book.create({ id: "2", writer: "w" });
  await Book.create({ id: "1", writer: "w", sequel: "2" });
  const plain = await Book.get("1");
  assert.equal(plain.writer, "w");
  const populated = await plain.populate();
  assert.deepEqual([populated.writer.name, populated.sequel.id], ["Ursula", "2"]);
  const [first] = await (await Book.query("id").eq("1").exec()).populate();
  assert.equal(first.writer.name, "Ursula");
});

test("several models share a table, and each item is read as its own", async () => {
  const keys = { pk: { type: String, hashKey: true }, sk: { type: String, rangeKey: true } };
  const User = dynamoose.model(unique("User"), { ...keys, name: { type: String, required: true } });
  const Order = dynamoose.model(unique("Order"), { ...keys, total: { type: Number, required: true } });
  const table = new dynamoose.Table(unique("shop"), [User, Order], { throughput: "ON_DEMAND" });
  await User.create({ pk: "u1", sk: "user", name: "Ada" });
  await Order.create({ pk: "u1", sk: "order-1", total: 7 });
  assert.equal((await User.get({ pk: "u1", sk: "user" })).name, "Ada");
  assert.equal((await Order.query("pk").eq("u1").where("sk").beginsWith("order").exec())[0].total, 7);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table.name }));
  assert.equal(Table.ItemCount, 2);
});

test("an item that expires says when, and a model may pass over what has expired", async () => {
  const name = await makeTable(client);
  const Session = dynamoose.model(
    name,
    { pk: { type: String, hashKey: true }, sk: { type: String, rangeKey: true } },
    { create: false, expires: { ttl: 3_600_000, attribute: "until", items: { returnExpired: false } } },
  );
  const made = await Session.create({ pk: "a", sk: "1" });
  const got = await Session.get({ pk: "a", sk: "1" });
  assert.equal(got.until.getTime(), made.until * 1000);
  const key = { pk: { S: "a" }, sk: { S: "1" } };
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: key }));
  assert.deepEqual(Item.until, { N: `${made.until}` });
  await Session.create({ pk: "a", sk: "2", until: new Date(1_000_000_000_000) });
  assert.equal(await Session.get({ pk: "a", sk: "2" }), undefined);
  const live = await Session.query("pk").eq("a").exec();
  assert.deepEqual(live.map((session) => session.sk), ["1"]);
});
