// A Pixii to test against: `PIXII_CONSOLE_URL` names one that runs, else `PIXII_BIN` is started on a free port.

import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";

export interface Pixii {
  /** Without a slash at its end. */
  url: string;
  stop: () => Promise<void>;
}

const START_MS = 20_000;

/** Starts a server, in memory and with the sample unless other options are given. */
export async function startPixii(options: string[] = ["--in-memory", "--sample"]): Promise<Pixii> {
  const running = process.env["PIXII_CONSOLE_URL"];
  if (running !== undefined) return { url: running.replace(/\/+$/, ""), stop: () => Promise.resolve() };
  const binary = process.env["PIXII_BIN"];
  if (binary === undefined) throw new Error("PIXII_CONSOLE_URL or PIXII_BIN says what to test against");
  const port = await freePort();
  const child = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (log += bytes.toString()));
  const url = `http://127.0.0.1:${port}`;
  await answers(url, child, () => log);
  return { url, stop: () => stopped(child) };
}

/** Asks the database itself, as programs do. Throws what it refuses with, as text. */
export async function ask(
  url: string,
  command: string,
  request: object,
  region = "us-east-1",
): Promise<Record<string, unknown>> {
  const credential = `AKIDEXAMPLE/20261128/${region}/dynamodb/aws4_request`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${command}`,
      "x-amz-date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""),
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${"0".repeat(64)}`,
    },
    body: JSON.stringify(request),
  });
  const reply = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(JSON.stringify(reply));
  return reply;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function answers(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + START_MS;
  while (Date.now() < until && child.exitCode === null) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`the server did not start:\n${log()}`);
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}
