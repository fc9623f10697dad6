import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chooseCommand, launch, open, run, status, write, type Opened } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});
beforeEach(async () => {
  opened = await open(browser, `${pixii.url}/_pixii/console/`);
  page = opened.page;
  await page.getByRole("textbox", { name: "Query body" }).waitFor();
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

const scan = '{\n  // the airports\n  "TableName": "airports",\n  "Limit": 3,\n}';

describe("a query", () => {
  test("with comments and trailing commas runs, and its items show", async () => {
    await chooseCommand(page, "Scan");
    await write(page, scan);
    await run(page);
    await status(page, /^Success/);
    await page.getByRole("tab", { name: "Items (3)" }).click();
    expect(await page.getByRole("table", { name: "Items" }).getByRole("row").count()).toBe(4);
    await page.getByRole("tab", { name: "Raw" }).click();
    expect(await page.getByRole("textbox", { name: "Reply, typed" }).textContent()).toContain('"S"');
  });

  test("runs from the keyboard and goes on to the next page and back", async () => {
    await chooseCommand(page, "Scan");
    await write(page, scan);
    await page.keyboard.press("Control+Enter");
    await status(page, /^Success/);
    const reply = page.getByRole("textbox", { name: "Reply, plain" });
    const first = await reply.textContent();
    await page.getByRole("button", { name: "Next page" }).click();
    await page.getByText("Page 2", { exact: true }).waitFor();
    await status(page, /^Success/);
    expect(await reply.textContent()).not.toBe(first);
    await page.getByRole("button", { name: "Page before" }).click();
    await page.getByText("Page 1", { exact: true }).waitFor();
    expect(await reply.textContent()).toBe(first);
  });

  test("that is refused says why", async () => {
    await chooseCommand(page, "DescribeTable");
    await write(page, '{"TableName": "nowhere"}');
    await run(page);
    await status(page, /^Refused: ResourceNotFoundException/);
    await page.getByRole("heading", { name: "ResourceNotFoundException" }).waitFor();
  });

  test("takes a parameter as a value", async () => {
    await chooseCommand(page, "Scan");
    await write(page, '{"TableName": "airports", "Limit": {{ limit }}}');
    await page.getByRole("textbox", { name: "limit" }).fill("2");
    await page.getByText("Sent as number.").waitFor();
  });

  test("that deletes a table asks first", async () => {
    await chooseCommand(page, "DeleteTable");
    await write(page, '{"TableName": "nowhere"}');
    await run(page);
    const dialog = page.getByRole("dialog", { name: "Delete this table?" });
    await dialog.getByText("nowhere").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await status(page, /^Not run yet/);
  });
});

describe("what is open", () => {
  test("outlives a reload", async () => {
    await chooseCommand(page, "ListTables");
    await write(page, '{"Limit": 7}');
    await page.getByRole("button", { name: "New query" }).click();
    await page.reload();
    await page.getByRole("tab", { name: "ListTables" }).click();
    expect(await page.getByRole("textbox", { name: "Query body" }).textContent()).toBe('{"Limit": 7}');
  });

  test("can be saved and opened again", async () => {
    const name = `Airports ${Date.now()}`;
    await chooseCommand(page, "Scan");
    await write(page, scan);
    await page.getByRole("button", { name: "Save query" }).click();
    const dialog = page.getByRole("dialog", { name: "Save query" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("tab", { name }).waitFor();
    await page.getByRole("tab", { name }).press("Delete");
    await page.getByRole("button", { name: "Saved", exact: true }).click();
    await page
      .getByRole("complementary", { name: "Saved queries" })
      .getByRole("button", { name: new RegExp(`^${name}`) })
      .click();
    expect(await page.getByRole("textbox", { name: "Query body" }).textContent()).toContain("the airports");
  });

  test("is in the history", async () => {
    await chooseCommand(page, "ListTables");
    await write(page, '{"Limit": 9}');
    await run(page);
    await status(page, /^Success/);
    await page.getByRole("button", { name: "History", exact: true }).click();
    await page.getByRole("button", { name: "Run ListTables again" }).click();
    expect(await page.getByRole("tab", { name: "ListTables" }).count()).toBe(2);
    await status(page, /^Success/);
  });
});

describe("the shell", () => {
  test("finds a table by name", async () => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /^Search pages/ }).fill("airp");
    await page.getByRole("option", { name: "airports Items" }).click();
    await page.waitForURL(/\/items\?table=airports/);
  });

  test("turns dark, and stays so", async () => {
    await page.getByRole("button", { name: "Appearance" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
    await page.reload();
    await page.locator("body.awsui-dark-mode").waitFor();
  });

  test("asks another Region", async () => {
    await page.getByRole("button", { name: /^Connection: This server/ }).click();
    await page.getByRole("combobox", { name: "Region" }).fill("eu-west-1");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByRole("button", { name: /Region eu-west-1/ }).waitFor();
  });
});
