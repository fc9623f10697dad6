// The connection below the SDK: kept alive, tried again, compressed.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { createGunzip, gzipSync } from "node:zlib";
import { GetItemCommand, ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { connect, makeTable, start } from "./server.js";

let server;

before(async () => {
  server = await start();
});

after(() => server.end());

/** An agent that counts the connections it opens. */
function countingAgent(options) {
  const agent = new http.Agent({ keepAlive: true, ...options });
  const open = agent.createConnection.bind(agent);
  agent.opened = 0;
  agent.createConnection = (...parameters) => {
    agent.opened += 1;
    return open(...parameters);
  };
  return agent;
}

test("a connection serves many requests, refused ones too", async () => {
  const agent = countingAgent({ maxSockets: 1 });
  const client = connect(server.endpoint, { requestHandler: new NodeHttpHandler({ httpAgent: agent }) });
  for (let each = 0; each < 5; each += 1) {
    await client.send(new ListTablesCommand({}));
    const missing = new GetItemCommand({ TableName: "no-such-table", Key: { pk: { S: "a" } } });
    await assert.rejects(client.send(missing), { name: "ResourceNotFoundException" });
  }
  assert.equal(agent.opened, 1);
  client.destroy();
});

test("many requests at once are all answered", async () => {
  const client = connect(server.endpoint);
  const TableName = await makeTable(client);
  const keys = Array.from({ length: 100 }, (_, each) => ({ pk: { S: `${each}` }, sk: { S: "1" } }));
  await Promise.all(keys.map((Item) => client.send(new PutItemCommand({ TableName, Item }))));
  const got = await Promise.all(keys.map((Key) => client.send(new GetItemCommand({ TableName, Key }))));
  assert.deepEqual(got.map((each) => each.Item), keys);
  client.destroy();
});

/** A proxy that cuts the first connections it gets, and passes on what comes after. */
async function shakyProxy(failures) {
  const target = new URL(server.endpoint);
  let seen = 0;
  const proxy = http.createServer((request, response) => {
    seen += 1;
    if (seen <= failures) {
      request.socket.destroy();
      return;
    }
    const onward = http.request(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return { proxy, endpoint: `http://127.0.0.1:${proxy.address().port}`, seen: () => seen };
}

test("the SDK tries again and is answered", async () => {
  const shaky = await shakyProxy(2);
  const client = connect(shaky.endpoint, { maxAttempts: 4 });
  const reply = await client.send(new ListTablesCommand({}));
  assert.ok(Array.isArray(reply.TableNames));
  assert.equal(reply.$metadata.attempts, 3);
  assert.equal(shaky.seen(), 3);
  client.destroy();
  shaky.proxy.closeAllConnections();
  shaky.proxy.close();
});

test("a request may be compressed before it is signed", async () => {
  const client = connect(server.endpoint);
  const TableName = await makeTable(client);
  // The SDK's own setting is for operations that say they take it, and no operation of this service does.
  client.middlewareStack.add(
    (next) => (parameters) => {
      const { request } = parameters;
      request.body = gzipSync(request.body);
      request.headers["content-encoding"] = "gzip";
      request.headers["content-length"] = String(request.body.length);
      return next(parameters);
    },
    { step: "build", priority: "low", name: "compress" },
  );
  const Item = { pk: { S: "a" }, sk: { S: "1" }, text: { S: "x".repeat(100_000) } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }));
  assert.equal(got.Item.text.S.length, 100_000);
  client.destroy();
});

test("a long reply comes compressed to a client that asks for that", async () => {
  const handler = new NodeHttpHandler();
  const encodings = [];
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    const answer = await handle(request, options);
    const encoding = answer.response.headers["content-encoding"];
    encodings.push(encoding);
    if (encoding === "gzip") answer.response.body = answer.response.body.pipe(createGunzip());
    return answer;
  };
  const client = connect(server.endpoint, { requestHandler: handler });
  client.middlewareStack.add(
    (next) => (parameters) => {
      parameters.request.headers["accept-encoding"] = "gzip";
      return next(parameters);
    },
    { step: "build", name: "accept-gzip" },
  );
  const TableName = await makeTable(client);
  const Item = { pk: { S: "a" }, sk: { S: "1" }, text: { S: "x".repeat(100_000) } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({ TableName, Key: { pk: Item.pk, sk: Item.sk } }));
  assert.deepEqual(got.Item, Item);
  assert.deepEqual(encodings.slice(-2), [undefined, "gzip"]);
  client.destroy();
});
