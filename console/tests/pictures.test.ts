// Pictures of the pages, for the guide and to be looked at. Every page is taken on a narrow window, which it must fit; the
// scenes of the guide are taken wide. Where SCREENSHOTS names a folder, that has them afterwards.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chooseCommand, launch, open, run, status, write, type Opened } from "./browser.ts";
import { ask, startPixii, type Pixii } from "./pixii.ts";

const FOLDER = process.env["SCREENSHOTS"];
const DARK = process.env["SCREENSHOTS_DARK"] !== undefined;

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
  if (FOLDER !== undefined) mkdirSync(FOLDER, { recursive: true });
  const Specification = { PointInTimeRecoveryEnabled: true };
  const airports = { TableName: "airports" };
  await ask(pixii.url, "UpdateContinuousBackups", { ...airports, PointInTimeRecoverySpecification: Specification });
  await ask(pixii.url, "CreateBackup", { ...airports, BackupName: "before-the-winter-timetable" });
  const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" };
  await ask(pixii.url, "UpdateTable", { ...airports, StreamSpecification });
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

async function begin(path: string, width: number): Promise<void> {
  opened = await open(browser, `${pixii.url}/_pixii/console${path}`, { width, colorScheme: DARK ? "dark" : "light" });
  page = opened.page;
  page.setDefaultTimeout(15_000);
}

async function take(name: string): Promise<void> {
  // What moves has come to rest.
  await page.waitForTimeout(600);
  const path = FOLDER === undefined ? {} : { path: join(FOLDER, `${name}.png`) };
  const bytes = await page.screenshot({ animations: "disabled", ...path });
  expect(bytes.length).toBeGreaterThan(5_000);
}

const put = (iata: string, name: string) =>
  ask(pixii.url, "PutItem", {
    TableName: "airports",
    Item: { iata: { S: iata }, name: { S: name }, city: { S: "Sao Jorge" }, runways: { N: "1" } },
  });

const button = (name: string) => page.getByRole("button", { name, exact: true });

describe("on a narrow window", () => {
  test.each([
    ["queries", "/", "Run"],
    ["items", "/items?table=airports", "100 loaded"],
    ["tables", "/tables", "airports"],
    ["one table", "/tables/airports", "Look at a sample"],
    ["indexes", "/tables/airports?tab=indexes", "by-state"],
    ["capacity", "/tables/airports?tab=capacity", "Save capacity"],
    ["a new table", "/tables/~create", "Add global index"],
    ["backups", "/backups", "Create backup"],
    ["recovery", "/backups/restore?table=airports", "Exact date and time"],
    ["streams", "/streams", "airports"],
    ["global tables", "/global-tables", "Join tables"],
    ["metrics", "/metrics", "Requests"],
    ["users", "/users", "Make the first administrator"],
    ["policies", "/users?tab=simulator", "Simulate"],
    ["connections", "/connections", "This server"],
  ])("the page of %s fits", async (name, path, text) => {
    await begin(path, 420);
    await page.getByText(text).filter({ visible: true }).first().waitFor();
    await take(`narrow-${name.replaceAll(" ", "-")}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
});

describe("the guide shows", () => {
  beforeEach(() => begin("/", 1400));

  test("a query and its reply", async () => {
    await chooseCommand(page, "Query");
    await write(
      page,
      `{
  // Airports of one state, by their index
  "TableName": "airports",
  "IndexName": "by-state",
  "KeyConditionExpression": "#s = :s",
  "ExpressionAttributeNames": {"#s": "state"},
  "ExpressionAttributeValues": {":s": {{ state }}},
  "Limit": 8,
}`,
    );
    await page.getByRole("textbox", { name: "state" }).fill("HI");
    await run(page);
    await status(page, /^Success/);
    await take("query");
    await page.getByRole("tab", { name: "Code" }).click();
    await page.getByText("aws dynamodb query").waitFor();
    await take("code");
  });

  test("a fix as a difference", async () => {
    await chooseCommand(page, "UpdateItem");
    await write(
      page,
      `{
  "TableName": "airports",
  "Key": {"iata": "ITO"}, // Hilo
  "UpdateExpression": "set name = Hilo"
}`,
    );
    await run(page);
    await status(page, /^Refused/);
    await page.getByText("Recommended").waitFor();
    await take("fix");
  });

  test("items, and changes that wait", async () => {
    await page.goto(`${pixii.url}/_pixii/console/items?table=airports`);
    await page.getByText("100 loaded").waitFor();
    await take("items");
    const editor = page.getByRole("dialog").getByRole("textbox", { name: "Item" });
    await button("Create item").click();
    await editor.fill('{"iata": "PIX", "name": "Pixii", "city": "Hilo"}');
    await button("Stage").click();
    await page.getByRole("gridcell", { name: "Napoleon" }).dblclick();
    await page.getByRole("radio", { name: "Form" }).check({ force: true });
    await page.getByRole("textbox", { name: "Value of city" }).fill("Defiance");
    await button("Stage").click();
    await button("Staged (2)").click();
    await page
      .getByRole("button", { name: /^Show what changes/ })
      .last()
      .click();
    await take("staged");
    await page.keyboard.press("Escape");
    await page.getByRole("grid", { name: "Items" }).getByRole("gridcell").nth(1).dblclick();
    await page.getByRole("radio", { name: "Form" }).check({ force: true });
    await take("form");
  });

  test("a table's page and recovery", async () => {
    await page.goto(`${pixii.url}/_pixii/console/tables/airports`);
    await button("Look at a sample").click();
    await page.getByText("latitude").first().waitFor();
    await take("table");
    await page.goto(`${pixii.url}/_pixii/console/backups/restore?table=airports`);
    await page.getByRole("slider", { name: "Time to restore" }).waitFor();
    await take("restore");
  });

  test("a stream as it goes on", async () => {
    await page.goto(`${pixii.url}/_pixii/console/tables/airports?tab=stream`);
    await button("Follow live").click();
    await page.getByText("Reads 1 shard").waitFor();
    await put("SJZ", "Sao Jorge");
    await put("SJZ", "Sao Jorge, Azores");
    const records = page.getByRole("list", { name: "Records, the newest first" });
    await records.getByText("Sao Jorge, Azores").first().waitFor();
    await records.getByText("MODIFY").first().click();
    await take("stream");
  });

  test("metrics as charts", async () => {
    await page.goto(`${pixii.url}/_pixii/console/metrics`);
    const until = Date.now() + 12_000;
    for (let round = 0; Date.now() < until; round += 1) {
      await Promise.all(Array.from({ length: 5 + (round % 7) * 3 }, () => put("SJZ", `Round ${round}`)));
      await ask(pixii.url, "Scan", { TableName: "airports", Limit: 10 * (1 + (round % 9)) });
      await page.waitForTimeout(100);
    }
    await page.locator("canvas").first().waitFor();
    await take("metrics");
  });

  test("the test of a connection", async () => {
    await page.goto(`${pixii.url}/_pixii/console/connections`);
    await button("Create connection").click();
    await page.getByRole("textbox", { name: "Name" }).fill("Elsewhere");
    await page.getByText("Another endpoint").click();
    await page.getByRole("textbox", { name: "Endpoint" }).fill("http://127.0.0.1:9");
    await page.getByRole("textbox", { name: "AWS Access Key ID" }).fill("AKIAEXAMPLE");
    await page.getByLabel("AWS Secret Access Key").fill("a secret");
    await button("Test").click();
    const result = page.getByRole("status", { name: "Result of the test" });
    await result.getByText("No connection to the host").waitFor();
    await result.scrollIntoViewIfNeeded();
    await take("connection");
  });
});
