import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch, open, type Opened } from "./browser.ts";
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
  opened = await open(browser, `${pixii.url}/_pixii/console/connections`);
  page = opened.page;
  await page.getByRole("heading", { name: "This server" }).waitFor();
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

async function fill(name: string): Promise<void> {
  await page.getByRole("button", { name: "Create connection" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByText("Another endpoint").click();
  // Nothing listens there.
  await page.getByRole("textbox", { name: "Endpoint" }).fill("http://127.0.0.1:9");
  await page.getByRole("textbox", { name: "AWS Access Key ID" }).fill("AKIAEXAMPLE");
  await page.getByLabel("AWS Secret Access Key").fill("a secret");
}

test("a connection that is not full says what is missing", async () => {
  await page.getByRole("button", { name: "Create connection" }).click();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByText("Enter the secret access key.").waitFor();
});

test("a test names the cause and the steps", async () => {
  await fill("Nowhere");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const result = page.getByRole("status", { name: "Result of the test" });
  await result.getByText("No connection to the host").waitFor();
  expect(await result.getByRole("listitem").count()).toBeGreaterThan(1);
});

test("a saved connection never shows its secret, and can be deleted", async () => {
  const name = `Elsewhere ${Date.now()}`;
  await fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name }).waitFor();
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  expect(await page.getByLabel("AWS Secret Access Key").inputValue()).toBe("");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete connection" }).click();
  await page.getByRole("heading", { name }).waitFor({ state: "detached" });
});
