// Tables, backups, streams, metrics and users, on a server that is open.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, open, type Opened } from "./browser.ts";
import { ask as askServer, startPixii, type Pixii } from "./pixii.ts";

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;
/** Tables of a test have its own name, as the server may be shared. */
let table: string;

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});
beforeEach(() => {
  table = `test-${Date.now().toString(36)}`;
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

async function go(path: string, colorScheme: "light" | "dark" = "light"): Promise<void> {
  opened = await open(browser, `${pixii.url}/_pixii/console${path}`, { colorScheme });
  page = opened.page;
  page.setDefaultTimeout(15_000);
}

const ask = (command: string, request: object) => askServer(pixii.url, command, request);

async function makeTable(more: object = {}): Promise<void> {
  await ask("CreateTable", {
    TableName: table,
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    ...more,
  });
}

const put = (id: string, more: object = {}) => ask("PutItem", { TableName: table, Item: { id: { S: id }, ...more } });

const button = (name: string | RegExp) =>
  page.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });
const heading = (name: string) => page.getByRole("heading", { name, level: 1 });
const said = (text: string) => page.getByText(text).first().waitFor();

describe("tables", () => {
  test("are listed with their keys and sizes", async () => {
    await go("/tables");
    const row = page.getByRole("row").filter({ hasText: "airports" });
    await row.getByText("Active").waitFor();
    expect(await row.innerText()).toContain("iata");
  });

  test("are made with keys, an index and expiry, and deleted though they are protected", async () => {
    await go("/tables/~create");
    await button("Create table").last().click();
    await said("Enter the partition key.");
    await page.getByRole("textbox", { name: "Table name" }).fill(table);
    await page.getByRole("textbox", { name: "Partition key" }).fill("id");
    await button("Add global index").click();
    await page.getByRole("textbox", { name: "Index name" }).fill("by-day");
    await page.getByRole("textbox", { name: "Partition key of by-day" }).fill("day");
    await page.getByRole("textbox", { name: "Time to live attribute – optional" }).fill("expires");
    await page.getByRole("checkbox", { name: "Protect the table against deletion" }).check();
    await page.getByText('"IndexName": "by-day"').waitFor();
    await button("Create table").last().click();
    await heading(table).waitFor();
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByText("expires", { exact: true }).waitFor();
    await button("Turn protection off, then delete").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(table);
    await dialog.getByRole("button", { name: "Turn protection off, then delete" }).click();
    await heading("Tables").waitFor();
    await expect(ask("DescribeTable", { TableName: table })).rejects.toThrow("ResourceNotFoundException");
  });

  test("get an index while they are used, and lose it", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=indexes`);
    await button("Create index").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Index name" }).fill("by-kind");
    await dialog.getByRole("textbox", { name: /^Partition key/ }).fill("kind");
    await dialog.getByRole("button", { name: "Create index" }).click();
    const row = page.getByRole("row").filter({ hasText: "by-kind" });
    await row.getByText("Active").waitFor();
    await button("Delete by-kind").click();
    await page.getByRole("dialog").getByRole("textbox").fill("by-kind");
    await button("Delete index").click();
    await row.waitFor({ state: "detached" });
  });

  test("change to provisioned capacity", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=capacity`);
    await page.getByText("Provisioned", { exact: true }).click();
    await page.getByRole("textbox", { name: `Read units of ${table}`, exact: true }).fill("7");
    await button("Save capacity").click();
    await said("The capacity is changed.");
    const { Table } = await ask("DescribeTable", { TableName: table });
    expect(Table).toMatchObject({ ProvisionedThroughput: { ReadCapacityUnits: 7 } });
  });

  test("show what a sample of their items has", async () => {
    await go("/tables/airports");
    await button("Look at a sample").click();
    await page.getByRole("rowheader", { name: "iata" }).waitFor();
  });

  test("carry a policy that is saved and deleted, and a wrong one is refused", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=policy`);
    await button("Begin with an example").click();
    await button("Save policy").click();
    await said("The policy is saved.");
    await page.getByText(/^Revision /).waitFor();
    await page.getByRole("textbox", { name: "Policy of the table" }).fill('{"Statement": [{"Effect": "Perhaps"}]}');
    await button("Save policy").click();
    await page.getByRole("alert").first().waitFor();
    await button("Delete policy").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete policy" }).click();
    await said("The table has none.");
  });

  test("say that they are not there", async () => {
    await go("/tables/nowhere");
    await page.getByRole("alert").getByText("ResourceNotFoundException").waitFor();
  });
});

describe("backups", () => {
  test("are made, described and restored into a new table", async () => {
    await makeTable();
    await put("1");
    await go(`/tables/${table}?tab=backups`);
    await button("Create backup").first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Backup name" }).fill("first");
    await dialog.getByRole("button", { name: "Create backup" }).click();
    await page.getByRole("row").filter({ hasText: "first" }).getByText("Available").waitFor();
    await button("first").click();
    await button("Restore").click();
    await heading("Restore a backup").waitFor();
    expect(await page.getByRole("textbox", { name: "Name of the new table" }).inputValue()).toBe(`${table}Restored`);
    await button("Restore").click();
    await heading(`${table}Restored`).waitFor();
  });

  test("of every second restore the table as it was then", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=backups`);
    await button("Turn on").click();
    await said("Point-in-time recovery is on.");
    await put("before");
    await page.waitForTimeout(2500);
    const seconds = Math.floor(Date.now() / 1000);
    await page.waitForTimeout(1500);
    await put("after");
    await page.waitForTimeout(1500);
    await page.goto(`${pixii.url}/_pixii/console/backups/restore?table=${table}`);
    await page.getByRole("slider", { name: "Time to restore" }).waitFor();
    await page.getByText("UTC", { exact: true }).click();
    const exact = page.getByRole("textbox", { name: "Exact date and time" });
    await exact.fill("1999-01-01 00:00:00");
    await said("This second cannot be restored");
    await exact.fill(new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " "));
    expect(await page.getByRole("checkbox", { name: /^Latest restorable time/ }).isChecked()).toBe(false);
    await button("Restore").click();
    await heading(`${table}Restored`).waitFor();
    await page.getByText("Active").first().waitFor();
    const { Items } = await ask("Scan", { TableName: `${table}Restored` });
    expect(Items).toEqual([{ id: { S: "before" } }]);
  });
});

describe("streams", () => {
  const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } };

  test("show changes as they are made, with all digits, and stop while paused", async () => {
    await makeTable(stream);
    await go(`/tables/${table}?tab=stream`);
    await button("Follow live").click();
    const state = page.getByRole("status", { name: "State of the tail" });
    await state.getByText("Reads 1 shard").waitFor();
    await put("a", { total: { N: "1.0000000000000000000000000000000000001" } });
    await put("a", { total: { N: "2" } });
    const records = page.getByRole("list", { name: "Records, the newest first" });
    await records.getByText("total: 1.0000000000000000000000000000000000001 → 2").waitFor();
    await records.getByText('id: "a"').first().click();
    await records.getByRole("rowheader", { name: "total" }).waitFor();
    await button("Pause").click();
    // What was asked before the pause is still shown.
    await page.waitForTimeout(1500);
    await put("b");
    await page.waitForTimeout(2000);
    expect(await records.getByText('id: "b"').count()).toBe(0);
    await button("Go on").click();
    await records.getByText('id: "b"').waitFor();
    await page.getByRole("searchbox", { name: "Find records" }).fill('id: "b"');
    expect(await records.getByRole("listitem").count()).toBe(1);
  });
});

describe("metrics", () => {
  test("are charts, and tables of the same numbers", async () => {
    await go("/metrics");
    const requests = page.getByRole("region", { name: "Requests", exact: true });
    await requests.locator("canvas").waitFor();
    await page.getByRole("button", { name: "Requests as a table", exact: true }).click();
    await page.getByRole("region", { name: "Requests, table" }).getByRole("columnheader", { name: "Time" }).waitFor();
  });

  test("of keys show which are used most", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=insights`);
    await button("Turn on").click();
    await said("Used and throttled keys");
    await page.getByText("Enabled").waitFor();
    for (let round = 0; round < 3; round += 1) await put("hot");
    await page.getByRole("list", { name: "Most used partition keys" }).getByText('id: "hot"').waitFor();
  });
});

describe("replicas", () => {
  test("are added in another Region and removed", async () => {
    await makeTable();
    await go(`/tables/${table}?tab=replicas`);
    await button("Add replica").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Region" }).fill("eu-west-1");
    await dialog.getByRole("button", { name: "Add replica" }).click();
    const row = page.getByRole("row").filter({ hasText: "eu-west-1" });
    await row.getByText("Active").waitFor();
    await button("Remove eu-west-1").click();
    await page.getByRole("dialog").getByRole("textbox").fill("eu-west-1");
    await button("Remove replica").click();
    await row.waitFor({ state: "detached" });
  });
});

describe("users", () => {
  test("are explained before the first one is made", async () => {
    await go("/users");
    await said("every request must be signed");
    await button("Make the first administrator").click();
    expect(await button("Close the server").isDisabled()).toBe(true);
  });

  test("have policies that are tried out before they count", async () => {
    await go("/users?tab=simulator");
    await button("Simulate").click();
    const row = page.getByRole("row").filter({ hasText: "dynamodb:DeleteItem" });
    await row.getByText("No statement allows it").waitFor();
  });

  // It closes the server, so it takes one of its own.
  test.skipIf(process.env["PIXII_BIN"] === undefined || process.env["PIXII_CONSOLE_URL"] !== undefined)(
    "close the server with the first, who is signed in at once",
    async () => {
      const own = await startPixii(["--in-memory"]);
      try {
        opened = await open(browser, `${own.url}/_pixii/console/users`);
        page = opened.page;
        await button("Make the first administrator").click();
        await page.getByRole("checkbox", { name: /^From now on/ }).check();
        await button("Close the server").click();
        await page.getByRole("checkbox", { name: "The secret is kept in a safe place" }).check();
        await button("Go on, signed in").click();
        await page.getByRole("link", { name: "admin" }).waitFor();
      } finally {
        await own.stop();
      }
    },
  );
});

describe.each(["light", "dark"] as const)("in the %s mode", (colorScheme) => {
  test.each([
    ["/tables", "heading", /^Tables\b/],
    ["/tables/airports", "button", "Look at a sample"],
    ["/tables/airports?tab=indexes", "button", "Delete by-state"],
    ["/tables/airports?tab=capacity", "button", "Save capacity"],
    ["/tables/airports?tab=settings", "button", "Save tags"],
    ["/tables/~create", "button", "Add global index"],
    ["/backups", "button", "Create backup"],
    ["/streams", "heading", "Streams"],
    ["/global-tables", "button", "Join tables"],
    ["/metrics", "button", "Requests as a table"],
    ["/users", "button", "Make the first administrator"],
    ["/users?tab=simulator", "button", "Simulate"],
  ] as const)("%s has no barriers", async (path, role, name) => {
    await go(path, colorScheme);
    await page.getByRole(role, { name, exact: true }).first().waitFor();
    await page.waitForTimeout(1200);
    expect(await barriers(page)).toEqual([]);
  });
});
