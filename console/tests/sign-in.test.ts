// Signing in, on a server that has users.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

const binary = process.env["PIXII_BIN"] ?? "";

let folder: string;
let ada: { id: string; secret: string };
let pixii: Pixii;
let browser: Browser;

/** Makes the first administrator of a server that is not running yet. */
function createUser(name: string): typeof ada {
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
  const signIn = async (page: Page, secret: string) => {
    await page.getByRole("textbox", { name: "Access key ID" }).fill(ada.id);
    await page.getByLabel("Secret access key").fill(secret);
    await page.keyboard.press("Enter");
  };

  test("signs in with an access key, stays so, and signs out", async () => {
    const page = await begin();
    await signIn(page, ada.secret);
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
    await signIn(page, `${ada.secret.slice(1)}x`);
    await page.getByRole("alert").filter({ hasText: "Sign-in failed" }).waitFor();
    await page.context().close();
  });
});
