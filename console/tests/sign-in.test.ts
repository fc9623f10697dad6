// Signing in, with a session whose answers are written here.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./browser.ts";
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

const session = { csrf: "c", isOpen: false, caller: null, version: "0.1.0", mayConnect: true, sample: false };
const caller = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada", name: "ada", isRoot: false };

test("who is not signed in signs in with an access key", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.route("**/api/Session", (route) => route.fulfill({ json: session }));
  await page.route("**/api/Login", async (route) => {
    const { secretAccessKey } = route.request().postDataJSON() as { secretAccessKey: string };
    if (secretAccessKey === "right") await route.fulfill({ json: { ...session, caller } });
    else
      await route.fulfill({ status: 401, json: { error: { code: "LoginFailed", message: "The key is not known." } } });
  });
  await page.goto(`${pixii.url}/_pixii/console/connections`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Enter the access key ID.").waitFor();
  await page.getByRole("textbox", { name: "Access key ID" }).fill("AKIA");
  await page.getByLabel("Secret access key").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The key is not known.").waitFor();
  await page.getByLabel("Secret access key").fill("right");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Signed in as ada" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/_pixii/console/connections");
  await page.context().close();
});
