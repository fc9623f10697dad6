// Pictures of the pages, for the guide and to be looked at: in the light and the dark, wide and narrow. They are kept
// where SCREENSHOTS says; without it they are only taken, so that each page is shown once in each form.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chooseCommand, launch, open, run, status, write, type Opened } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

const FOLDER = process.env["SCREENSHOTS"];
const MODES = [
  { mode: "light", width: 1400, colorScheme: "light" },
  { mode: "dark", width: 1400, colorScheme: "dark" },
  { mode: "narrow", width: 420, colorScheme: "light" },
] as const;

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
  if (FOLDER !== undefined) mkdirSync(FOLDER, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});

describe.each(MODES)("in the form $mode", ({ mode, width, colorScheme }) => {
  const begin = async (path: string) => {
    opened = await open(browser, `${pixii.url}/_pixii/console${path}`, { width, colorScheme });
    page = opened.page;
    page.setDefaultTimeout(15_000);
  };
  const take = async (name: string) => {
    // What moves has come to rest.
    await page.waitForTimeout(600);
    const path = FOLDER === undefined ? {} : { path: join(FOLDER, `${name}-${mode}.png`) };
    const bytes = await page.screenshot({ animations: "disabled", ...path });
    expect(bytes.length).toBeGreaterThan(5_000);
    const isWider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(isWider, "the page is wider than the window").toBe(false);
  };
  beforeEach(() => begin("/"));
  afterEach(async () => {
    expect(opened.complaints).toEqual([]);
    await page.context().close();
  });

  test("a query, its reply and its items are shown", async () => {
    await chooseCommand(page, "Query");
    await write(
      page,
      `{
  // Airports of one state, by their index
  "TableName": "airports",
  "IndexName": "by-state",
  "KeyConditionExpression": "#s = :s",
  "ExpressionAttributeNames": {"#s": "state"},
  "ExpressionAttributeValues": {":s": "HI"},
  "Limit": 8,
}`,
    );
    await run(page);
    await status(page, /^Success/);
    await take("query");
    await page.getByRole("tab", { name: /^Items/ }).click();
    await take("query-items");
  });

  test("a fix is offered as a difference", async () => {
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
    await take("fix");
  });

  test.each([
    ["items", "/items?table=airports", /^\d+ loaded/],
    ["tables", "/tables", "airports"],
    ["table", "/tables/airports", "Look at a sample"],
    ["indexes", "/tables/airports?tab=indexes", "by-state"],
    ["capacity", "/tables/airports?tab=capacity", "Save capacity"],
    ["create-table", "/tables/~create", "Add global index"],
    ["backups", "/backups", "Create backup"],
    ["streams", "/streams", "Streams"],
    ["global-tables", "/global-tables", "Join tables"],
    ["metrics", "/metrics", "Requests"],
    ["users", "/users", "Make the first administrator"],
    ["policies", "/users?tab=simulator", "Simulate"],
    ["connections", "/connections", "This server"],
  ])("the page of %s is shown", async (name, path, text) => {
    await begin(path);
    await page.getByText(text).filter({ visible: true }).first().waitFor();
    await take(name);
  });
});
