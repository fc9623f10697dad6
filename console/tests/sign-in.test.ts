// Signing in, on a server that has users.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

const binary = process.env["PIXII_BIN"] ?? "";

interface Key {
  id: string;
  secret: string;
}

let folder: string;
let ada: Key;
let bob: Key;
let pixii: Pixii;
let browser: Browser;

/** Makes an administrator of a server that is not running yet. */
function createUser(name: string): Key {
  const said = execFileSync(binary, ["user", "create", name, "--administrator", "--data", folder], {
    encoding: "utf8",
  });
  const after = (label: string) => new RegExp(`^${label} +(\\S+)$`, "m").exec(said)?.[1] ?? "";
  return { id: after("Access key ID"), secret: after("Secret access key") };
}

// A server of its own, with users.
describe.skipIf(binary === "" || process.env["PIXII_CONSOLE_URL"] !== undefined)("who is not signed in", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pixii-"));
    ada = createUser("ada");
    bob = createUser("bob");
    [pixii, browser] = await Promise.all([startPixii(["--data", folder]), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await pixii.stop();
    rmSync(folder, { recursive: true });
  });

  const begin = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${pixii.url}/_pixii/console/connections`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    return page;
  };
  const signIn = async (page: Page, { id, secret }: Key) => {
    await page.getByRole("textbox", { name: "Access key ID" }).fill(id);
    await page.getByLabel("Secret access key").fill(secret);
    await page.keyboard.press("Enter");
  };

  test("signs in with an access key, stays so, and signs out", async () => {
    const page = await begin();
    await signIn(page, ada);
    await page.getByRole("button", { name: "Signed in as ada" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/_pixii/console/connections");
    await page.reload();
    await page.getByRole("button", { name: "Signed in as ada" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  test("is told what is missing or wrong", async () => {
    const page = await begin();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Enter the access key ID.").waitFor();
    await signIn(page, { ...ada, secret: `${ada.secret.slice(1)}x` });
    await page.getByRole("alert").filter({ hasText: "Sign-in failed" }).waitFor();
    await page.context().close();
  });

  test("is asked to sign in again when the session is over, and sees nothing of who was there before", async () => {
    const page = await begin();
    await signIn(page, ada);
    await page.getByRole("button", { name: "Signed in as ada" }).waitFor();
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Tables", exact: true }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.evaluate(() => Object.assign(window, { isOld: true }));
    await signIn(page, bob);
    await page.getByRole("button", { name: "Signed in as bob" }).waitFor();
    expect(await page.evaluate(() => "isOld" in window)).toBe(false);
    await page.context().close();
  });

  test("is who signed in last, in all tabs", async () => {
    const page = await begin();
    await signIn(page, ada);
    await page.getByRole("button", { name: "Signed in as ada" }).waitFor();
    const other = await page.context().newPage();
    other.setDefaultTimeout(10_000);
    await other.goto(page.url());
    await page.bringToFront();
    await page.getByRole("button", { name: "Signed in as ada" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await signIn(page, bob);
    await page.getByRole("button", { name: "Signed in as bob" }).waitFor();
    await other.bringToFront();
    await other.getByRole("link", { name: "Tables", exact: true }).click();
    await other.getByRole("button", { name: "Signed in as bob" }).waitFor();
    await page.context().close();
  });
});

describe("a page on a server where nobody signs in", () => {
  let open: Pixii;
  beforeAll(async () => {
    [open, browser] = await Promise.all([startPixii(), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await open.stop();
  });

  test("goes on when its session is gone, or another tab has got one meanwhile", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const visit = async (name: string, shown: Locator) => {
      await page.getByRole("link", { name, exact: true }).click();
      await page.getByRole("heading", { name, level: 1 }).waitFor();
      await shown.waitFor();
      expect(await page.getByRole("alert").count()).toBe(0);
    };
    await page.goto(`${open.url}/_pixii/console/connections`);
    await page.getByRole("heading", { name: "Connections", level: 1 }).waitFor();
    await context.clearCookies();
    await visit("Tables", page.getByRole("row").filter({ hasText: "airports" }));
    await context.clearCookies();
    await (await context.newPage()).goto(`${open.url}/_pixii/console/tables`);
    await visit("Backups", page.getByText("There are no backups."));
    // A long request is refused so that the page sees it, and made again as any other.
    await page.goto(`${open.url}/_pixii/console/items?table=airports`);
    await page.getByRole("button", { name: "Transfer" }).click();
    await page.getByRole("menuitem", { name: "Import items" }).click();
    const buffer = Buffer.from(`{"iata":"XXX","text":"${"long ".repeat(500)}"}\n`.repeat(1_500));
    await page.locator("input[type=file]").setInputFiles({ name: "long.jsonl", mimeType: "text/plain", buffer });
    await context.clearCookies();
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await page.getByRole("button", { name: "Import 1,500 items" }).waitFor();
    await context.close();
  }, 60_000);
});
