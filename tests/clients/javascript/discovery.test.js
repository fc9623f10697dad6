// Endpoint discovery: the SDK asks where to send requests, and sends them there.
//
// The client of this SDK has the setting, and leaves it to the application to use the SDK's middleware on a command.
// That asks only where no endpoint was given to go by, and then by HTTPS. So here all names lead to the server under
// test, as on a network that says so, and TLS has been taken off on the way, as by a proxy in front of it.

import assert from "node:assert/strict";
import https from "node:https";
import net from "node:net";
import { test } from "node:test";
import { DescribeEndpointsCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { getEndpointDiscoveryRequiredPlugin } from "@aws-sdk/middleware-endpoint-discovery";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { connect, makeTable, serve } from "./server.js";

let server;
let client;

serve((started) => ({ server, client } = started));

/** A handler of requests to whatever host, all of which reach the server; `hosts` gathers the names that were asked for. */
function everywhere() {
  const { hostname, port } = new URL(server.endpoint);
  const httpsAgent = new https.Agent();
  httpsAgent.createConnection = () => net.connect(Number(port), hostname);
  const handler = new NodeHttpHandler({ httpsAgent });
  const hosts = [];
  const handle = handler.handle.bind(handler);
  handler.handle = (request, options) => {
    hosts.push([request.headers["x-amz-target"].split(".")[1], request.headers.host]);
    return handle(request, options);
  };
  return { handler, hosts };
}

test("the SDK discovers an endpoint once, and sends its requests there", async () => {
  const TableName = await makeTable(client);
  const { handler, hosts } = everywhere();
  const discovering = connect(undefined, { endpointDiscoveryEnabled: true, requestHandler: handler });
  // Who asks under this name is told this name: only a client that goes by the answer will ever use it again.
  discovering.middlewareStack.add(
    (next, context) => (parameters) => {
      if (context.commandName === "DescribeEndpointsCommand") {
        parameters.request.hostname = "discovered.example";
        parameters.request.headers.host = "discovered.example";
      }
      return next(parameters);
    },
    { step: "build", priority: "low", name: "ask-elsewhere" },
  );
  const plugin = getEndpointDiscoveryRequiredPlugin(discovering.config, {
    clientStack: discovering.middlewareStack,
    options: discovering.config,
  });
  const send = (command) => {
    command.middlewareStack.use(plugin);
    return discovering.send(command);
  };
  const Item = { pk: { S: "a" }, sk: { S: "1" } };
  await send(new PutItemCommand({ TableName, Item }));
  const got = await send(new GetItemCommand({ TableName, Key: Item, ConsistentRead: true }));
  assert.deepEqual(got.Item, Item);
  assert.deepEqual(hosts, [
    ["DescribeEndpoints", "discovered.example"],
    ["PutItem", "discovered.example"],
    ["GetItem", "discovered.example"],
  ]);
  discovering.destroy();
});

test("what is described is where the request came to, and for how long that holds", async () => {
  const { Endpoints } = await client.send(new DescribeEndpointsCommand({}));
  assert.deepEqual(Endpoints, [{ Address: new URL(server.endpoint).host, CachePeriodInMinutes: 1440 }]);
});

test("where the environment enables discovery, a client that was given an endpoint uses that", async () => {
  const TableName = await makeTable(client);
  const enabled = connect(server.endpoint, { endpointDiscoveryEnabledProvider: async () => true });
  const got = await enabled.send(new GetItemCommand({ TableName, Key: { pk: { S: "a" }, sk: { S: "1" } } }));
  assert.equal(got.Item, undefined);
  enabled.destroy();
});
