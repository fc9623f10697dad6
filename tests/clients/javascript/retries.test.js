// The SDK's own retries: they carry calls through a server's death and return, and past a clock that is off.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import {
  CreateTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import { connect, credentials, lastingAddress, ownServer, startOwn } from "./server.js";

/** How many clients call at once, and how many calls each makes. The server dies twice meanwhile. */
const CLIENTS = 4;
const CALLS = 60;

describe("retries", ownServer, () => {
  let folder;
  let address;
  let server;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "pixii-retries-"));
    address = await lastingAddress();
    server = await startOwn(["--data", folder], address);
  });

  after(async () => {
    await server.end();
    await rm(folder, { recursive: true });
  });

  /** Kills the server as a crash would, and starts it on the same folder and address. */
  async function crash() {
    await server.kill();
    server = await startOwn(["--data", folder], address);
  }

  async function makeTable(client, TableName) {
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  }

  /** Has all clients make their calls, and the server die after a third and after two thirds of them. */
  async function callThroughCrashes(client, call) {
    let done = 0;
    const deaths = [CLIENTS * CALLS / 3, CLIENTS * CALLS * 2 / 3];
    let crashes = Promise.resolve();
    const calls = async (each) => {
      for (let number = 0; number < CALLS; number += 1) {
        await client.send(call(`${each}-${number}`));
        done += 1;
        if (deaths.includes(done)) crashes = crashes.then(crash);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, each) => calls(each)));
    await crashes;
  }

  for (const retryMode of ["standard", "adaptive"]) {
    test(`in ${retryMode} mode no call fails though the server is killed, and every write is there`, async () => {
      const client = connect(server.endpoint, { retryMode, maxAttempts: 20 });
      const TableName = `puts-${retryMode}`;
      await makeTable(client, TableName);
      let attempts = 0;
      client.middlewareStack.add((next) => async (parameters) => {
        const reply = await next(parameters);
        attempts = Math.max(attempts, reply.output.$metadata.attempts);
        return reply;
      }, { step: "initialize" });
      await callThroughCrashes(client, (pk) => new PutItemCommand({ TableName, Item: { pk: { S: pk } } }));
      assert.ok(attempts > 1, "some call was tried again");
      let found = 0;
      for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true })) found += page.Count;
      assert.equal(found, CLIENTS * CALLS);
      client.destroy();
    });
  }

  test("a transaction that is tried again with its token happens once, though the server was killed between", async () => {
    const client = connect(server.endpoint, { maxAttempts: 20 });
    const TableName = "counts";
    await makeTable(client, TableName);
    const Key = { pk: { S: "count" } };
    // The SDK makes the token itself, once for each call.
    await callThroughCrashes(client, () => new TransactWriteItemsCommand({
      TransactItems: [
        { Update: { TableName, Key, UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": { N: "1" } } } },
      ],
    }));
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    assert.equal(Item.n.N, `${CLIENTS * CALLS}`);
    client.destroy();
  });

  test("with one attempt only, a call to a dead server fails, and the next to a living one does not", async () => {
    const client = connect(server.endpoint, { maxAttempts: 1 });
    await makeTable(client, "once");
    const get = () => client.send(new GetItemCommand({ TableName: "once", Key: { pk: { S: "a" } } }));
    await get();
    await server.kill();
    await assert.rejects(get(), { code: "ECONNREFUSED" });
    server = await startOwn(["--data", folder], address);
    assert.equal((await get()).Item, undefined);
    client.destroy();
  });

  for (const hours of [-2, 2]) {
    test(`a client whose clock is ${hours} hours off is told so, corrects it and is answered`, async (context) => {
      const { accessKeyId, secretAccessKey } = credentials;
      const guarded = await startOwn(["--in-memory", "--credentials", `${accessKeyId}:${secretAccessKey}`]);
      context.after(() => guarded.end());
      const now = Date.now;
      context.mock.method(Date, "now", () => now() + hours * 3_600_000);
      const client = connect(guarded.endpoint);
      const reply = await client.send(new ListTablesCommand({}));
      assert.equal(reply.$metadata.attempts, 2);
      assert.ok(Math.abs(client.config.systemClockOffset + hours * 3_600_000) < 240_000);
      assert.equal((await client.send(new ListTablesCommand({}))).$metadata.attempts, 1);
      const stubborn = connect(guarded.endpoint, { maxAttempts: 1 });
      await assert.rejects(stubborn.send(new ListTablesCommand({})), (error) => {
        assert.equal(error.name, "InvalidSignatureException");
        assert.match(error.message, hours < 0 ? /^Signature expired/ : /^Signature not yet current/);
        return true;
      });
      // What the refusal taught it holds for the next call.
      await stubborn.send(new ListTablesCommand({}));
      client.destroy();
      stubborn.destroy();
    });
  }
});
