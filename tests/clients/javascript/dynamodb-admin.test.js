// dynamodb-admin: the web pages that people look at their local tables with, asked for as a browser would.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";
import { DescribeTableCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { connect, ownServer, startOwn } from "./server.js";

const program = createRequire(import.meta.url).resolve("dynamodb-admin/dist/dynamodb-admin.js");

let server;
let client;
let admin;

/** Starts the web server against the one under test, and gives its address and what ends it. */
async function startAdmin() {
  const child = spawn(process.execPath, [program, "--host", "127.0.0.1", "--port", "0", "--dynamo-endpoint", server.endpoint], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, AWS_REGION: "us-east-1", NODE_ENV: "" },
  });
  const exited = new Promise((resolve) => child.once("close", resolve));
  const end = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const listening = line.match(/listening on (http:\/\/\S+)/);
    if (listening) {
      child.stdout.resume();
      return { address: listening[1], end };
    }
  }
  throw new Error("dynamodb-admin did not become ready");
}

/** What the web server answers; a body goes as JSON. */
async function ask(path, { method = "GET", body, status = 200 } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const reply = await fetch(admin.address + path, { method, headers, body: JSON.stringify(body) });
  const text = await reply.text();
  assert.equal(reply.status, status, `${method} ${path}: ${text}`);
  return text;
}

const askJson = async (path, options) => JSON.parse(await ask(path, options));

/** The items of a table, as its page asks for them. */
const items = (table, query = {}) => askJson(`/tables/${table}/items?${new URLSearchParams(query)}`);

const filter = (filters) => JSON.stringify(filters);

/** Makes a table by the form, with the keys `artist` and `title` and an index of each kind. */
async function makeTable() {
  const TableName = `admin-${randomUUID()}`;
  const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 3 };
  const body = {
    TableDefinition: {
      TableName, HashAttributeName: "artist", HashAttributeType: "S", RangeAttributeName: "title", RangeAttributeType: "S", ...units,
    },
    SecondaryIndexes: [
      { IndexName: "by-year", IndexType: "global", HashAttributeName: "year", HashAttributeType: "N", ...units },
      {
        IndexName: "by-track", IndexType: "local", HashAttributeName: "artist", HashAttributeType: "S",
        RangeAttributeName: "track", RangeAttributeType: "N",
      },
    ],
  };
  await ask("/create-table", { method: "POST", body, status: 204 });
  return TableName;
}

const addItem = (table, body) => askJson(`/tables/${table}/add-item`, { method: "PUT", body });

describe("dynamodb-admin", ownServer, () => {
  before(async () => {
    server = await startOwn(["--in-memory", "--sample"]);
    client = connect(server.endpoint);
    admin = await startAdmin();
  });

  after(async () => {
    await admin.end();
    client.destroy();
    await server.end();
  });

  test("the first page lists the tables, with how many items they have", async () => {
    const page = await ask("/");
    assert.match(page, /<a href='\/tables\/airports'>/);
    assert.match(page, />\s*3376\s*</);
    const tables = await askJson("/api/tables");
    const airports = tables.find((table) => table.TableName === "airports");
    assert.equal(airports.ItemCount, 3376);
    assert.ok(airports.TableSizeBytes > 0);
  });

  test("a table's pages show it: its items, its description, its time to live, and a form for a key", async () => {
    assert.match(await ask("/tables/airports"), /\[Index\] by-state: state, city/);
    assert.match(await ask("/tables/airports/meta"), /arn:aws:dynamodb:us-east-1:123456789012:table\/airports/);
    assert.match(await ask("/tables/airports/ttl"), /DISABLED/);
    assert.match(await ask("/tables/airports/get"), /iata/);
  });

  test("a scan is paged through", async () => {
    const first = await items("airports", { pageSize: 100 });
    assert.equal(first.Items.length, 100);
    const seen = new Set(first.Items.map((airport) => airport.iata));
    const next = await items("airports", { pageSize: 100, startKey: decodeURIComponent(first.nextKey), pageNum: 2 });
    assert.equal(next.Items.length, 100);
    assert.ok(next.Items.every((airport) => !seen.has(airport.iata)));
    assert.equal(first.uniqueKeys[0], "iata");
  });

  test("a scan is filtered", async () => {
    const filters = filter({ iata: { type: "S", operator: "begins_with", value: "JF" } });
    const found = await items("airports", { filters });
    assert.deepEqual(found.Items.map((airport) => airport.iata).sort(), ["JFK", "JFX"]);
  });

  test("a query goes by the table's key and by an index, in the order of its second key", async () => {
    const equals = (value) => ({ type: "S", operator: "=", value });
    const query = { operationType: "query", pageSize: 1000 };
    const byKey = await items("airports", { ...query, queryableSelection: "table", filters: filter({ iata: equals("JFK") }) });
    assert.deepEqual(byKey.Items.map((airport) => airport.city), ["New York"]);
    const cities = { type: "S", operator: "begins_with", value: "New" };
    const filters = filter({ state: equals("NY"), city: cities });
    const byIndex = await items("airports", { ...query, queryableSelection: "by-state", filters });
    const found = byIndex.Items.map((airport) => airport.city);
    assert.ok(found.includes("New York") && found.every((city) => city.startsWith("New")));
    assert.deepEqual(found, [...found].sort());
  });

  test("an item has a page, and one that is not there is not found", async () => {
    assert.match(await ask("/tables/airports/items/JFK"), /John F Kennedy/);
    assert.equal(await ask("/tables/airports/items/none", { status: 404 }), "Not found");
    assert.match(await ask("/tables/none/items/none", { status: 500 }), /Requested resource not found/);
  });

  test("a table is made by the form, indexes and all", async () => {
    const TableName = await makeTable();
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 3);
    assert.equal(Table.GlobalSecondaryIndexes[0].IndexName, "by-year");
    assert.equal(Table.LocalSecondaryIndexes[0].IndexName, "by-track");
    assert.match(await ask(`/tables/${TableName}`), /by-year/);
    const again = { TableDefinition: { TableName, HashAttributeName: "a", HashAttributeType: "S", ReadCapacityUnits: 1, WriteCapacityUnits: 1 } };
    assert.match(await ask("/create-table", { method: "POST", body: again, status: 500 }), /Table already exists/);
  });

  test("an item is added, changed, found by an index and deleted", async () => {
    const table = await makeTable();
    assert.match(await ask(`/tables/${table}/add-item`), /artist/);
    const song = { artist: "Nina", title: "Sinnerman", year: 1965, track: 7, studio: { name: "RCA", takes: [1, 2.5] }, live: false };
    assert.deepEqual(await addItem(table, song), { artist: "Nina", title: "Sinnerman" });
    const path = `/tables/${table}/items/Nina,Sinnerman`;
    assert.match(await ask(path), /Sinnerman/);
    assert.deepEqual(await askJson(path, { method: "PUT", body: { ...song, year: 1966 } }), { ...song, year: 1966 });
    const filters = filter({ year: { type: "N", operator: "=", value: "1966" } });
    const found = await items(table, { operationType: "query", queryableSelection: "by-year", filters });
    assert.deepEqual(found.Items.map(({ __key, ...item }) => [item, __key]), [
      [{ ...song, year: 1966 }, { artist: "Nina", title: "Sinnerman" }],
    ]);
    await ask(path, { method: "DELETE", status: 204 });
    await ask(path, { status: 404 });
    const Key = { artist: { S: "Nina" }, title: { S: "Sinnerman" } };
    assert.equal((await client.send(new GetItemCommand({ TableName: table, Key }))).Item, undefined);
  });

  test("what the database refuses is shown with its reason", async () => {
    const table = await makeTable();
    const refused = await ask(`/tables/${table}/add-item`, { method: "PUT", body: { artist: "Nina", title: 7 }, status: 500 });
    assert.match(refused, /Type mismatch for key title expected: S actual: N/);
  });

  test("a table is emptied and then deleted", async () => {
    const table = await makeTable();
    await Promise.all(Array.from({ length: 60 }, (_, each) => addItem(table, { artist: "Nina", title: `${each}` })));
    assert.equal((await items(table, { pageSize: 100 })).Items.length, 60);
    await ask(`/tables/${table}/all`, { method: "DELETE" });
    assert.equal((await items(table)).Items.length, 0);
    await ask(`/tables/${table}`, { method: "DELETE", status: 204 });
    await assert.rejects(client.send(new DescribeTableCommand({ TableName: table })), { name: "ResourceNotFoundException" });
    assert.ok(!(await ask("/")).includes(table));
  });
});
