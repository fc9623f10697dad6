// The server under test: one that is already up, or one of this process's own.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";
import { after, before } from "node:test";
import { DynamoDBClient, waitUntilTableExists, CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

/** For tests that need servers of their own, with options of their own. */
export const ownServer = { skip: process.env.PIXII_ENDPOINT ? "needs a server of its own" : false };

/** Starts a server unless one is up, and gives its endpoint and what ends it. */
export async function start() {
  if (process.env.PIXII_ENDPOINT) {
    return { endpoint: process.env.PIXII_ENDPOINT, end: async () => {} };
  }
  return startOwn(["--in-memory"]);
}

/** Has one server and one client of it for the tests of a file, and hands both over before they begin. */
export function serve(take) {
  let started;
  before(async () => {
    const server = await start();
    started = { server, client: connect(server.endpoint) };
    take(started);
  });
  after(() => {
    started.client.destroy();
    return started.server.end();
  });
}

/** Starts a server with those options; `kill` ends it as a crash would. */
export async function startOwn(options, listen = "127.0.0.1:0") {
  const program = process.env.PIXII_BIN ?? path.join(repository, "target/release/pixii");
  const child = spawn(program, ["serve", "--listen", listen, ...options], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise((resolve) => child.once("close", resolve));
  const stop = (signal) => async () => {
    child.kill(signal);
    await exited;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/127\.0\.0\.1:\d+/);
    if (address) {
      child.stdout.resume();
      return { endpoint: `http://${address[0]}`, end: stop("SIGTERM"), kill: stop("SIGKILL") };
    }
  }
  throw new Error("the server did not become ready");
}

/**
 * An address that a server can be started on again after it was killed. Its port is below those that outgoing
 * connections get: a client that tries a dead port from that very port would be talking to itself.
 */
export async function lastingAddress() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = net.createServer();
    const isFree = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return `127.0.0.1:${port}`;
  }
}

/** What requests are signed with. */
export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" };

/** A client as an application would have it. */
export function connect(endpoint, options = {}) {
  return new DynamoDBClient({ endpoint, region: "us-east-1", credentials, ...options });
}

export function documents(client, translation) {
  return DynamoDBDocumentClient.from(client, translation);
}

/** Makes a table with the keys `pk` and `sk`, both strings, and waits until it is there. */
export async function makeTable(client, more = {}) {
  const TableName = `js-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
      ...more,
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
  return TableName;
}
