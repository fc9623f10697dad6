// The items of a table: asking, looking, changing.

import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, open, type Opened } from "./browser.ts";
import { ask, startPixii, type Pixii } from "./pixii.ts";

const TABLE = `items-${process.pid}`;
const COUNT = 60;

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;

const send = (command: string, request: object) => ask(pixii.url, command, request);

const item = (index: number) => ({
  "owner#id": { S: "a,b" },
  at: { N: String(index) },
  size: { N: `12345678901234567890.${index}` },
  until: { N: String(4_000_000_000 + index) },
});

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
  await send("CreateTable", {
    TableName: TABLE,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "owner#id", AttributeType: "S" },
      { AttributeName: "at", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "owner#id", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
  });
  await send("UpdateTimeToLive", {
    TableName: TABLE,
    TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
  });
  for (let from = 0; from < COUNT; from += 20) {
    const writes = Array.from({ length: 20 }, (_, index) => ({ PutRequest: { Item: item(from + index) } }));
    await send("BatchWriteItem", { RequestItems: { [TABLE]: writes } });
  }
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});
beforeEach(async () => {
  opened = await open(browser, `${pixii.url}/_pixii/console/items?table=${TABLE}`);
  page = opened.page;
  await loaded(/60 loaded/);
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

const loaded = (text: RegExp, timeout = 15_000) =>
  page.getByRole("status", { name: "Loaded" }).filter({ hasText: text }).waitFor({ timeout });
const grid = () => page.getByRole("grid", { name: "Items" });
const cell = (text: string) => grid().getByRole("gridcell", { name: text, exact: true });
const run = () => page.getByRole("button", { name: "Run", exact: true }).click();
const editor = () => page.getByRole("dialog").getByRole("textbox", { name: "Item" });

describe("the grid", () => {
  test("shows every digit, marks the keys, and shows the time of expiry as a date", async () => {
    await cell("12345678901234567890.7").waitFor();
    await grid().getByRole("img", { name: "Partition key" }).waitFor();
    await grid().getByText("2096-10-02 07:06:47 UTC").waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test("has a request's pages on demand", async () => {
    await page.getByRole("textbox", { name: "Page size" }).fill("25");
    await run();
    await loaded(/25 loaded/);
    await page.getByRole("button", { name: "Load more" }).click();
    await loaded(/50 loaded.*2 pages/);
    await page.getByRole("button", { name: /^Load all/ }).click();
    await loaded(/60 loaded.*That is all/);
  });

  test("is walked by keyboard", async () => {
    await cell("0").click();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Selected (1)" }).waitFor();
    await page.keyboard.press("Control+End");
    await cell("12345678901234567890.59").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Edit item" }).waitFor();
  });
});

describe("a request", () => {
  test("queries by keys of any name, and shows what it sends", async () => {
    await page.getByRole("radio", { name: "Query" }).check({ force: true });
    await page.getByRole("textbox", { name: "Partition key owner#id" }).fill("a,b");
    await page.getByRole("textbox", { name: "Sort key at" }).fill("7");
    await run();
    await loaded(/1 loaded.*1 returned of 1 scanned/);
    await page.getByRole("button", { name: "Show request" }).click();
    const body = page.getByRole("dialog", { name: "Query request" }).getByRole("textbox", { name: "Request" });
    await body.filter({ hasText: "#n0 = :v0 AND #n1 = :v1" }).waitFor();
  });

  test("filters on the server", async () => {
    await page.getByRole("button", { name: "Add filter" }).click();
    await page.getByRole("combobox", { name: "Attribute of condition 1.1" }).fill("at");
    await page.getByRole("button", { name: "Type of condition 1.1" }).click();
    await page.getByRole("option", { name: "Number" }).click();
    await page.getByRole("textbox", { name: "Value of condition 1.1" }).fill("5");
    await run();
    await loaded(/1 loaded.*1 returned of 60 scanned/);
  });

  test("that is not complete says what is missing", async () => {
    await page.getByRole("radio", { name: "Query" }).check({ force: true });
    await run();
    await page.getByRole("alert").filter({ hasText: "Enter a value of the partition key" }).waitFor();
  });
});

describe("an item", () => {
  const text = (at: number, size: string) => `{"owner#id": "made", "at": ${at}, "size": ${size}}`;
  const stored = async (at: number) => {
    const Key = { "owner#id": { S: "made" }, at: { N: String(at) } };
    const { Item } = await send("GetItem", { TableName: TABLE, Key });
    return Item;
  };
  const create = async (content: string, button: "Save" | "Stage") => {
    await page.getByRole("button", { name: "Create item" }).click();
    await editor().fill(content);
    await page.getByRole("dialog").getByRole("button", { name: button, exact: true }).click();
  };
  afterEach(async () => {
    for (const at of [900, 901]) {
      await send("DeleteItem", { TableName: TABLE, Key: { "owner#id": { S: "made" }, at: { N: String(at) } } });
    }
  });

  test("is created and edited, and not written over when somebody else changed it", async () => {
    await create(text(900, "1.25"), "Save");
    await cell("1.25").dblclick();
    await editor().filter({ hasText: "1.25" }).waitFor();
    await send("PutItem", {
      TableName: TABLE,
      Item: { "owner#id": { S: "made" }, at: { N: "900" }, size: { N: "3" } },
    });
    await editor().fill(text(900, "2"));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("The item was changed meanwhile").waitFor();
    expect(await stored(900)).toMatchObject({ size: { N: "3" } });
    await page.getByRole("button", { name: "Keep mine and go on" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await stored(900)).toMatchObject({ size: { N: "2" } });
  });

  test("is edited in a form, with its types", async () => {
    await create(text(900, "1.25"), "Save");
    await cell("1.25").dblclick();
    const dialog = page.getByRole("dialog", { name: "Edit item" });
    await dialog.getByRole("radio", { name: "Form" }).check({ force: true });
    expect(await dialog.getByRole("textbox", { name: "Value of at" }).isEditable()).toBe(false);
    await dialog.getByRole("textbox", { name: "Value of size" }).fill("12345678901234567890.125");
    await dialog.getByRole("button", { name: "Add attribute" }).click();
    await dialog.getByRole("textbox", { name: "Name of the new attribute" }).fill("tags");
    await dialog.getByRole("button", { name: "Type of tags" }).click();
    await page.getByRole("option", { name: "Number set" }).click();
    await dialog.getByRole("textbox", { name: "Value of tags" }).fill("[1, 2.5");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await dialog.getByText(/^tags: /).waitFor();
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole("textbox", { name: "Value of tags" }).fill("[1, 2.5]");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await stored(900)).toMatchObject({ size: { N: "12345678901234567890.125" }, tags: { NS: ["1", "2.5"] } });
  });

  test("is staged with others and committed as one transaction", async () => {
    await create(text(900, "1"), "Stage");
    await create(text(901, "1"), "Stage");
    await page.getByRole("button", { name: "Staged (2)" }).click();
    const dialog = page.getByRole("dialog", { name: "2 staged changes" });
    const changes = dialog.getByRole("list", { name: "Staged changes" }).getByRole("listitem");
    await changes.nth(1).waitFor();
    expect(await changes.count()).toBe(2);
    await send("PutItem", { TableName: TABLE, Item: { "owner#id": { S: "made" }, at: { N: "901" } } });
    await page.getByRole("button", { name: "Commit as one transaction" }).click();
    await page.getByText(/Nothing was written: the transaction was cancelled/).waitFor();
    await page.getByText(/^ConditionalCheckFailed/).waitFor();
    expect(await stored(900)).toBeUndefined();
    await page.getByRole("button", { name: "Discard the change of made · 901" }).click();
    await page.getByRole("button", { name: "Commit as one transaction" }).click();
    await page.getByText("Wrote 1 change.").waitFor();
    expect(await stored(900)).toBeDefined();
  });

  test("is deleted after a question", async () => {
    await create(text(900, "77"), "Save");
    await grid().getByRole("row").filter({ hasText: "made" }).getByRole("checkbox").check({ force: true });
    await page.getByRole("button", { name: "Selected (1)" }).click();
    await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog", { name: "Delete 1 item?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("Deleted 1 item.").waitFor();
    expect(await stored(900)).toBeUndefined();
  });
});

describe("items go", () => {
  const choose = async (what: string) => {
    await page.getByRole("button", { name: "Transfer" }).click();
    await page.getByRole("menuitem", { name: what }).click();
  };
  afterEach(async () => {
    await send("DeleteItem", { TableName: TABLE, Key: { "owner#id": { S: "made" }, at: { N: "900" } } });
  });
  const written = (text: string | RegExp) =>
    page.getByRole("status", { name: "Written" }).filter({ hasText: text }).waitFor();

  test.each([
    ["JSON Lines", "jsonl", '{"at":1,"owner#id":"a,b","size":12345678901234567890.1,"until":4000000001}'],
    ["CSV", "csv", '1,"a,b",12345678901234567890.1,4000000001'],
    ["DynamoDB JSON", "json", '"size":{"N":"12345678901234567890.1"}'],
  ])("into a file of %s with all digits, and from it into another table", async (format, extension, line) => {
    await choose("Export items");
    await page.getByRole("radio", { name: /^All that the Scan finds/ }).check({ force: true });
    await page.getByRole("radio", { name: new RegExp(`^${format}`) }).check({ force: true });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${TABLE}.${extension}`);
    await page.getByRole("status", { name: "Export" }).filter({ hasText: "Exported 60 items." }).waitFor();
    const path = await download.path();
    expect(await readFile(path, "utf8")).toContain(line);
    await page.getByRole("button", { name: "Close", exact: true }).last().click();

    const like = `${TABLE}-${extension}`;
    await choose("Copy items to another table");
    await page.getByRole("radio", { name: /^All that the Scan finds/ }).check({ force: true });
    await page.getByRole("textbox", { name: "To table" }).fill(like);
    await page.getByRole("checkbox", { name: /^If there is none, create it/ }).check();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await written("60 items written.");
    const Key = { "owner#id": { S: "a,b" }, at: { N: "7" } };
    await send("DeleteItem", { TableName: like, Key });

    await page.goto(`${pixii.url}/_pixii/console/items?table=${like}`);
    await loaded(/59 loaded/);
    await choose("Import items");
    await page.locator("input[type=file]").setInputFiles({
      name: `items.${extension}`,
      mimeType: "text/plain",
      buffer: await readFile(path),
    });
    await page.getByRole("radio", { name: "Leave it as it is" }).check({ force: true });
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.getByRole("button", { name: "Import 60 items" }).click();
    await written("1 item written, 59 items left as they were.");
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await loaded(/60 loaded/);
    expect(await send("GetItem", { TableName: like, Key })).toEqual({ Item: item(7) });
  });

  test("in as they were pasted, but for lines that are none and items that the table refuses", async () => {
    await choose("Import items");
    await page
      .getByRole("textbox", { name: "Items" })
      .fill('{"owner#id": "made", "at": 900}\nno item\n{"owner#id": "", "at": 1}');
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.getByText(/^Line 2: /).waitFor();
    await page.getByRole("button", { name: "Import 2 items" }).click();
    await written("1 item written, 1 item refused.");
    await page
      .getByRole("list", { name: "Refused items" })
      .getByText(/empty string/i)
      .waitFor();
  });

  test("in from a long file and out into one, part by part", async () => {
    const text = (at: number) => `${at}: "quoted", \n${"long ".repeat(520)}`;
    const ats = Array.from({ length: 2_400 }, (_, at) => at);
    const cells = (at: number) => `long,${at},"${text(at).replaceAll('"', '""')}"\r\n`;
    const file = `\u{feff}owner#id,at,text\r\n${ats.map(cells).join("")}long,none,\r\n`;
    expect(file.length).toBeGreaterThan(6 * 1024 * 1024);
    await choose("Copy items to another table");
    await page.getByRole("textbox", { name: "To table" }).fill(`${TABLE}-long`);
    await page.getByRole("checkbox", { name: /^If there is none, create it/ }).check();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await written(/ written\.$/);
    await page.goto(`${pixii.url}/_pixii/console/items?table=${TABLE}-long`);
    await loaded(/loaded/);

    const bring = async (name: string, buffer: Buffer, existing: string) => {
      await choose("Import items");
      await page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer });
      await page.getByRole("radio", { name: existing }).check({ force: true });
      await page.getByRole("button", { name: "Read", exact: true }).click();
    };
    const close = () => page.getByRole("button", { name: "Close", exact: true }).last().click();
    await bring("long.csv", Buffer.from(file), "Put the new one in its place");
    await page.getByText(/^Line 4802: "none" in the column "at"/).waitFor();
    await page.getByRole("button", { name: "Import 2,400 items" }).click();
    await written("2,400 items written.");
    await close();
    const last = await send("GetItem", {
      TableName: `${TABLE}-long`,
      Key: { "owner#id": { S: "long" }, at: { N: "2399" } },
    });
    expect(last).toMatchObject({ Item: { text: { S: text(2_399) } } });

    await choose("Export items");
    await page.getByRole("radio", { name: /^All that the Scan finds/ }).check({ force: true });
    await page.getByRole("radio", { name: /^CSV/ }).check({ force: true });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export", exact: true }).click(),
    ]);
    const told = await page
      .getByRole("status", { name: "Export" })
      .filter({ hasText: /^Exported / })
      .textContent();
    const exported = /^Exported (2,4\d\d items)\.$/.exec(told ?? "")?.[1];
    expect(exported).toBeDefined();
    await close();
    const csv = await readFile(await download.path(), "utf8");
    expect(ats.filter((at) => csv.split(`"${at}: ""quoted"",`).length !== 2)).toEqual([]);
    await bring("exported.csv", Buffer.from(csv), "Leave it as it is");
    await page.getByRole("button", { name: `Import ${exported}` }).waitFor();
    await close();
  }, 150_000);
});

describe("a million items", () => {
  test("scroll with few rows in the page, and only pages asked for are fetched", async () => {
    const starts: unknown[] = [];
    await page.route("**/api/Send", async (route) => {
      const body = route.request().postDataJSON() as { command: string; request: { ExclusiveStartKey?: unknown } };
      if (body.command !== "Scan") return route.continue();
      starts.push(body.request.ExclusiveStartKey);
      const from = (starts.length - 1) * 10_000;
      const Items = Array.from({ length: 10_000 }, (_, index) => item(from + index));
      const reply = {
        Items,
        ScannedCount: Items.length,
        ConsumedCapacity: { CapacityUnits: 100 },
        ...(starts.length < 120 && { LastEvaluatedKey: { "owner#id": { S: "a,b" }, at: { N: String(from + 9999) } } }),
      };
      return route.fulfill({ json: { status: 200, reply } });
    });
    await run();
    await loaded(/10,000 loaded/);
    await page.getByRole("textbox", { name: "Read units to use at most" }).fill("9900");
    await page.getByRole("button", { name: /^Load all/ }).click();
    await loaded(/1,000,000 loaded.*There is more/, 120_000);
    expect(starts).toHaveLength(100);
    const rows = grid().getByRole("row");
    for (const share of [0.25, 0.5, 1, 0]) {
      await grid().evaluate((element, at) => element.scrollTo(0, element.scrollHeight * at), share);
      await page.waitForTimeout(150);
      expect(await rows.count()).toBeLessThan(80);
    }
    await grid().evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await cell("999999").waitFor();
    expect(starts).toHaveLength(100);
  }, 180_000);
});
