// How findings show and fixes are taken, with a server whose answers are written here: each kind is there whatever
// the rules of the real one are.

import type { Browser, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { chooseCommand, launch, open, run, status, write, type Opened } from "./browser.ts";
import { startPixii, type Pixii } from "./pixii.ts";

let pixii: Pixii;
let browser: Browser;
let opened: Opened;
let page: Page;
let ran: { command: string; text: string }[];

interface Asked {
  command: string;
  text: string;
}
type Answer = (asked: Asked) => object;

const prepared = { problems: [], notes: [], fixes: [], writes: true, explain: null, sent: null, parameters: [] };
const success = (of: object = {}) => ({
  prepared: { ...prepared, ...of },
  outcome: "success",
  elapsedMs: 1,
  requestId: null,
  page: null,
  success: { raw: "{}", plain: "{}" },
  refusal: null,
  failure: null,
});
const refused = (of: object, fixes: object[] = []) => ({
  ...success({ fixes }),
  outcome: "refused",
  success: null,
  refusal: {
    status: 400,
    exception: "ValidationException",
    message: "No.",
    members: [],
    cancellations: [],
    advice: null,
    ...of,
  },
});

beforeAll(async () => {
  [pixii, browser] = await Promise.all([startPixii(), launch()]);
});
afterAll(async () => {
  await browser.close();
  await pixii.stop();
});
beforeEach(async () => {
  ran = [];
  opened = await open(browser, `${pixii.url}/_pixii/console/`);
  page = opened.page;
  await page.getByRole("textbox", { name: "Query body" }).waitFor();
});
afterEach(async () => {
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

/** Answers in the server's place. */
async function answer(prepare: Answer, runs: Answer): Promise<void> {
  const fulfil = (how: Answer, keep: boolean) => async (route: Route) => {
    const asked = route.request().postDataJSON() as Asked;
    if (keep) ran.push({ command: asked.command, text: asked.text });
    await route.fulfill({ json: how(asked) });
  };
  await page.route("**/api/Prepare", fulfil(prepare, false));
  await page.route("**/api/Run", fulfil(runs, true));
}

test("a fix shows as a difference, is applied with one click and then runs", async () => {
  const fix = {
    id: "name",
    title: "Stand in for the reserved word",
    explanation: "“name” is reserved.",
    isRecommended: true,
    steps: [{ command: "UpdateItem", text: '{"UpdateExpression": "SET #name = :name"}' }],
  };
  const isMended = ({ text }: Asked) => text.includes("#name");
  await answer(
    () => prepared,
    (asked) => (isMended(asked) ? success() : refused({ message: "Attribute name is a reserved keyword" }, [fix])),
  );
  await chooseCommand(page, "UpdateItem");
  await write(page, '{"UpdateExpression": "set name = Amal"}');
  await run(page);
  await status(page, /^Refused: ValidationException/);
  await page
    .getByRole("textbox", { name: /^What changes/ })
    .getByText("SET #name")
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  expect(await page.getByRole("textbox", { name: "Query body" }).textContent()).toBe(fix.steps[0]?.text);
  await run(page);
  await status(page, /^Success/);
});

test("the earlier steps of a fix run first", async () => {
  const body = '{"TableName": "users"}';
  const fix = {
    id: "protection",
    title: "Turn protection off, then delete",
    explanation: "",
    isRecommended: true,
    steps: [
      { command: "UpdateTable", text: '{"TableName": "users", "DeletionProtectionEnabled": false}' },
      { command: "DeleteBackup", text: body },
    ],
  };
  await answer(
    () => ({ ...prepared, fixes: [fix] }),
    () => success(),
  );
  await chooseCommand(page, "DeleteBackup");
  await write(page, body);
  await page.getByRole("button", { name: "Run with this fix" }).click();
  await status(page, /^Success/);
  expect(ran.map(({ command }) => command)).toEqual(["UpdateTable", "DeleteBackup"]);
});

test("a step that fails stops the others", async () => {
  const steps = [
    { command: "UpdateTable", text: "{}" },
    { command: "DeleteBackup", text: "{}" },
  ];
  const fix = { id: "x", title: "Two steps", explanation: "", isRecommended: false, steps };
  await answer(
    () => ({ ...prepared, fixes: [fix] }),
    () => refused({ message: "Not now." }),
  );
  await write(page, '{"a": 1}');
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("UpdateTable did not succeed. ValidationException: Not now.").waitFor();
  expect(await page.getByRole("textbox", { name: "Query body" }).textContent()).toBe('{"a": 1}');
});

test("reasons of a cancelled transaction stand beside their actions", async () => {
  const cancellations = [
    { index: 0, entry: "TransactItems[0]", code: "None", message: "", item: null },
    {
      index: 1,
      entry: "TransactItems[1]",
      position: { line: 2, column: 3, length: 3 },
      code: "ConditionalCheckFailed",
      message: "The conditional request failed",
      item: { id: { S: "1" } },
    },
  ];
  await answer(
    () => prepared,
    () => refused({ exception: "TransactionCanceledException", cancellations, advice: "Look at the second." }),
  );
  await write(page, '{\n  "a": 1\n}');
  await run(page);
  const rows = page.getByRole("table", { name: "Cancellation reasons" }).getByRole("row");
  await rows.nth(2).getByText("ConditionalCheckFailed").waitFor();
  await page.getByText("Look at the second.").waitFor();
  await rows.nth(2).getByRole("button", { name: "line 2, column 3" }).click();
  const selected = await page.evaluate(() => document.getSelection()?.toString());
  expect(selected).toBe('"a"');
});

test("problems and notes show while the body is typed", async () => {
  const problem = {
    severity: "error",
    code: "Syntax",
    message: "A comma is missing",
    position: { line: 1, column: 2, length: 3 },
  };
  const note = { code: "Comments", message: "Comments are left out", path: null };
  await answer(
    () => ({ ...prepared, problems: [problem], notes: [note] }),
    () => success(),
  );
  await write(page, '{"a" 1}');
  await page.getByRole("list", { name: "Problems" }).getByText("A comma is missing").waitFor();
  await page.locator(".cm-lintRange-error").waitFor();
  await page.getByText("1 thing is sent in another form").click();
  await page.getByText("Comments are left out").waitFor();
});

test("a connection that asks before writing asks", async () => {
  await answer(
    () => prepared,
    (asked) => ("isConfirmed" in asked ? success() : { ...success(), outcome: "confirm", success: null }),
  );
  await chooseCommand(page, "PutItem");
  await write(page, "{}");
  await run(page);
  await page.getByRole("dialog", { name: "Run PutItem?" }).getByRole("button", { name: "Run PutItem" }).click();
  await status(page, /^Success/);
});

test("a run can be cancelled", async () => {
  await page.route("**/api/Run", () => undefined);
  await write(page, '{"a": 1}');
  await run(page);
  await status(page, /^Running/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await status(page, /^Cancelled/);
});
