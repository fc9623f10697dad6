// electrodb: entities and a service over one table, whose keys it composes itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Entity, Service, createGetTransaction, createWriteTransaction } from "electrodb";
import { connect, makeTable, serve } from "./server.js";

let client;

serve((started) => ({ client } = started));

/** A service of tasks and the people who do them, over a table of its own. */
async function makeOffice() {
  const table = await makeTable(client, {
    AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    GlobalSecondaryIndexes: [
      {
        IndexName: "gsi1",
        KeySchema: [
          { AttributeName: "gsi1pk", KeyType: "HASH" },
          { AttributeName: "gsi1sk", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  const office = new Service({ person: person(), task: task() }, { client, table });
  return { ...office.entities, office };
}

const person = () =>
  new Entity({
    model: { entity: "person", version: "1", service: "office" },
    attributes: { team: { type: "string" }, name: { type: "string" }, office: { type: "string" } },
    indexes: {
      primary: { pk: { field: "pk", composite: ["name"] }, sk: { field: "sk", composite: [] } },
      team: {
        index: "gsi1", collection: "work",
        pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["name"] },
      },
    },
  });

const task = () =>
  new Entity({
    model: { entity: "task", version: "1", service: "office" },
    attributes: {
      team: { type: "string", required: true },
      id: { type: "string", required: true },
      title: { type: "string" },
      status: { type: ["open", "done"], default: "open" },
      points: { type: "number", default: 0 },
      labels: { type: "set", items: "string" },
      notes: { type: "list", items: { type: "map", properties: { by: { type: "string" }, text: { type: "string" } } } },
      createdAt: { type: "number", readOnly: true, default: () => 1 },
    },
    indexes: {
      primary: { pk: { field: "pk", composite: ["id"] }, sk: { field: "sk", composite: [] } },
      team: {
        index: "gsi1", collection: "work",
        pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["status", "id"] },
      },
    },
  });

const ids = ({ data }) => data.map((each) => each.id);

test("an entity is created once, read, upserted and removed", async () => {
  const { task } = await makeOffice();
  const made = await task.create({ team: "red", id: "1", title: "Begin", labels: ["a", "b"] }).go();
  const { data } = await task.get({ id: "1" }).go({ consistent: true });
  assert.deepEqual(data, made.data);
  assert.deepEqual(data, { team: "red", id: "1", title: "Begin", labels: ["a", "b"], status: "open", points: 0, createdAt: 1 });
  await assert.rejects(task.create({ team: "red", id: "1" }).go(), /conditional request failed/i);
  await task.upsert({ team: "red", id: "1", title: "Again" }).go();
  assert.equal((await task.get({ id: "1" }).go()).data.title, "Again");
  await task.remove({ id: "1" }).go();
  assert.equal((await task.get({ id: "1" }).go()).data, null);
  await assert.rejects(task.remove({ id: "1" }).go(), /conditional request failed/i);
});

test("a patch sets, adds, appends, deletes and removes where the item is as expected", async () => {
  const { task } = await makeOffice();
  await task.create({ team: "red", id: "1", title: "Begin", labels: ["a"], notes: [] }).go();
  const { data } = await task
    .patch({ id: "1" })
    .set({ status: "done" })
    .add({ points: 3, labels: ["b"] })
    .append({ notes: [{ by: "Ada", text: "fine" }] })
    .remove(["title"])
    .composite({ team: "red" })
    .where(({ status }, { eq }) => eq(status, "open"))
    .go({ response: "all_new" });
  assert.deepEqual([data.status, data.points, data.labels, data.notes.length, data.title], ["done", 3, ["a", "b"], 1, undefined]);
  await task.patch({ id: "1" }).data(({ notes, points }, { set, subtract }) => {
    set(notes[0].text, "better");
    subtract(points, 1);
  }).delete({ labels: ["a"] }).go();
  const again = (await task.get({ id: "1" }).go()).data;
  assert.deepEqual([again.notes[0].text, again.points, again.labels], ["better", 2, ["b"]]);
  await assert.rejects(task.patch({ id: "none" }).set({ title: "x" }).go(), /conditional request failed/i);
});

test("queries go by composed keys, filters and pages; a collection gathers entities of several kinds", async () => {
  const { person, task, office } = await makeOffice();
  await person.put([{ name: "Ada", team: "red", office: "here" }, { name: "Bob", team: "blue" }]).go();
  const tasks = Array.from({ length: 30 }, (_, each) => ({
    team: "red", id: `${each}`.padStart(2, "0"), status: each % 3 ? "open" : "done", points: each,
  }));
  const { unprocessed } = await task.put(tasks).go({ concurrency: 2 });
  assert.deepEqual(unprocessed, []);
  assert.deepEqual(ids(await task.query.team({ team: "red", status: "done" }).go()).length, 10);
  const some = await task.query.team({ team: "red", status: "open" }).between({ id: "04" }, { id: "08" }).go({ order: "desc" });
  assert.deepEqual(ids(some), ["08", "07", "05", "04"]);
  const heavy = await task.query.team({ team: "red" }).where(({ points }, { gte }) => gte(points, 27)).go({ pages: "all" });
  assert.deepEqual(ids(heavy).sort(), ["27", "28", "29"]);
  const found = [];
  let cursor = null;
  do {
    const page = await task.query.team({ team: "red" }).go({ cursor, limit: 7 });
    found.push(...ids(page));
    cursor = page.cursor;
  } while (cursor);
  assert.equal(found.length, 30);
  const { data } = await office.collections.work({ team: "red" }).go({ pages: "all" });
  assert.deepEqual([data.person.length, data.task.length], [1, 30]);
  assert.equal((await task.scan.go({ pages: "all" })).data.length, 30);
});

test("batches get, and transactions write all or nothing over the entities of a service", async () => {
  const { person, task, office } = await makeOffice();
  const done = await createWriteTransaction({ person, task }, ({ person, task }) => [
    person.create({ name: "Ada", team: "red" }).commit(),
    task.create({ team: "red", id: "1" }).commit(),
  ]).go();
  assert.equal(done.canceled, false);
  const failed = await office.transaction.write(({ person, task }) => [
    person.patch({ name: "Ada" }).set({ office: "there" }).commit({ response: "all_old" }),
    task.create({ team: "red", id: "1" }).commit(),
  ]).go();
  assert.equal(failed.canceled, true);
  assert.deepEqual(failed.data.map((each) => each.code), ["None", "ConditionalCheckFailed"]);
  const got = await createGetTransaction({ person, task }, ({ person, task }) => [
    person.get({ name: "Ada" }).commit(),
    task.get({ id: "none" }).commit(),
  ]).go();
  assert.deepEqual(got.data.map((each) => each.item), [{ name: "Ada", team: "red" }, null]);
  const { data, unprocessed } = await task.get([{ id: "1" }, { id: "none" }]).go({ preserveBatchOrder: true });
  assert.deepEqual([data.map((each) => each?.id), unprocessed], [["1", undefined], []]);
});
