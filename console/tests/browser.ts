// A browser to test with: Chromium of the machine (`CHROMIUM`, else Debian's).

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/** Chromium itself reports this while it edits any editable element under a strict policy; nothing comes of it. */
const IS_OF_EDITING = /^Applying inline style violates/;

export interface Opened {
  page: Page;
  /** What the page complained of, which should be nothing. */
  complaints: string[];
}

/** Opens a page of the console in a context of its own, so that nothing is kept from another test. */
export async function open(
  browser: Browser,
  url: string,
  options: { width?: number; colorScheme?: "light" | "dark" } = {},
): Promise<Opened> {
  const { width = 1400, colorScheme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !IS_OF_EDITING.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Chooses a command in the query editor. */
export async function chooseCommand(page: Page, command: string): Promise<void> {
  await page.getByRole("button", { name: /^Command / }).click();
  await page.getByPlaceholder("Find a command").fill(command);
  await page.getByRole("option", { name: new RegExp(`^${command}\\b`) }).click();
}

/** Puts a body in place of what is in the query editor. */
export const write = (page: Page, text: string): Promise<void> =>
  page.getByRole("textbox", { name: "Query body" }).fill(text);

export const run = (page: Page): Promise<void> => page.getByRole("button", { name: "Run", exact: true }).click();

/** Waits for what the status says. */
export const status = (page: Page, text: RegExp): Promise<void> =>
  page.getByRole("status", { name: "Status" }).filter({ hasText: text }).waitFor({ timeout: 15_000 });

/** What stands in the way of people who do not see the page, or use it without a mouse: a line each. */
export async function barriers(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<Found> } };
    const found = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

interface Found {
  violations: { id: string; nodes: { html: string }[] }[];
}
