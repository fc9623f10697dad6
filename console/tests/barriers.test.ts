// Names, roles and contrast, in both modes.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, chooseCommand, launch, open, run, status, write } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

let pixii: Pixii;
let browser: Browser;

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});

const scenes: [string, string, (page: Page) => Promise<void>][] = [
  [
    "a query with its items",
    "/queries",
    async (page) => {
      await chooseCommand(page, "Scan");
      await write(page, '{"TableName": "airports", "Limit": 3}');
      await run(page);
      await status(page, /^Success/);
      await page.getByRole("tab", { name: /^Items/ }).click();
      await page.getByRole("button", { name: "History", exact: true }).click();
    },
  ],
  [
    "a refusal",
    "/queries",
    async (page) => {
      await chooseCommand(page, "DescribeTable");
      await write(page, '{"TableName": "nowhere"}');
      await run(page);
      await status(page, /^Refused/);
    },
  ],
  [
    "the command palette",
    "/queries",
    async (page) => {
      await page.getByRole("textbox", { name: "Query body" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.getByRole("option").first().waitFor();
    },
  ],
  [
    "a new connection",
    "/connections",
    async (page) => {
      await page.getByRole("button", { name: "Create connection" }).click();
      await page.getByRole("button", { name: "Create", exact: true }).click();
      await page.getByText("Enter a name.").waitFor();
    },
  ],
];

describe.each(["light", "dark"] as const)("in the %s mode", (colorScheme) => {
  test.each(scenes)("%s has no barriers", async (_, path, prepare) => {
    const { page } = await open(browser, `${pixii.url}/_pixii/console${path}`, { colorScheme });
    await prepare(page);
    // Colors of something that is still fading in are none of either.
    await page.waitForTimeout(500);
    expect(await barriers(page)).toEqual([]);
    await page.context().close();
  });
});
