// The examples of a widely read page on querying DynamoDB, word for word, each on a fresh server with the tables it needs.
// Each ends in success, or in a fix that is accepted with one click, and then success; one ends in an explanation.

import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { chooseCommand, launch, open, run, status, write } from "./browser.ts";
import { ask, startPixii } from "./pixii.ts";

const REGION = "us-east-2";
const EXAMPLES = new URL("../../tests/page/", import.meta.url);

/** What there is before an example is run. */
type Fixture = "nothing" | "tables" | "protected" | "joinable" | "joined" | "third" | "replicated";

/** An example, and the title of the fix that it needs. */
interface Example {
  file: string;
  fixture?: Fixture;
  fix?: RegExp;
}

const examples: Example[] = [
  { file: "01-BatchGetItem" },
  { file: "02-BatchWriteItem" },
  { file: "03-CreateBackup" },
  { file: "04-CreateGlobalTable", fixture: "joinable" },
  { file: "05-CreateTable", fixture: "nothing", fix: /^Drop the unused definition of name/ },
  { file: "06-DeleteBackup", fix: /^Take the backup first/ },
  { file: "07-DeleteItem" },
  { file: "08-DeleteTable", fixture: "protected", fix: /^Turn the protection off, then delete/ },
  { file: "09-DescribeBackup", fix: /^Take the backup first/ },
  { file: "10-DescribeContinuousBackups" },
  { file: "11-DescribeContributorInsights" },
  { file: "13-DescribeGlobalTable", fixture: "joined" },
  { file: "14-DescribeGlobalTableSettings", fixture: "joined" },
  { file: "16-DescribeTable" },
  { file: "17-DescribeTableReplicaAutoScaling", fixture: "replicated" },
  { file: "18-DescribeTimeToLive" },
  { file: "19-GetItem" },
  { file: "20-ListBackups" },
  { file: "21-ListContributorInsights" },
  { file: "22-ListGlobalTables" },
  { file: "24-ListTagsOfResource" },
  { file: "25-PutItem" },
  { file: "26-Query" },
  { file: "27-RestoreTableFromBackup", fix: /^Take the backup first .*, to usersRestored/ },
  { file: "28-RestoreTableToPointInTime", fix: /^Restore the latest time/ },
  { file: "29a-Scan" },
  { file: "29b-Scan" },
  { file: "30-TagResource" },
  { file: "31-TransactGetItems" },
  { file: "33-UntagResource" },
  { file: "34-UpdateContinuousBackups" },
  { file: "35-UpdateContributorInsights" },
  { file: "36-UpdateGlobalTable", fixture: "third", fix: /^Split the element into two/ },
  { file: "37-UpdateGlobalTableSettings", fixture: "joined" },
  { file: "38-UpdateItem", fix: /^Write name, Amal as names and values/ },
  { file: "39-UpdateTable" },
  { file: "40-UpdateTableReplicaAutoScaling", fix: /^Scale between 5 and 100 units/ },
];

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("the page's example", () => {
  for (const { file, fixture = "tables", fix } of examples) {
    test(`${file} ${fix ? "is mended with one click and then" : "as it is written"} succeeds`, async () => {
      const pixii = await startPixii(["--in-memory", "--scale-any-table"]);
      try {
        await prepare(pixii.url, fixture);
        const page = await paste(pixii.url, file);
        if (fix) {
          await status(page, /^Refused/);
          const offered = page.getByRole("region", { name: fix }).first();
          await offered.getByRole("button", { name: "Run with this fix" }).click();
          // What deletes is asked for once more, after the steps before it.
          if (file.endsWith("DeleteTable")) await page.getByRole("button", { name: "Delete table" }).click();
        }
        await status(page, /^Success/);
        await page.context().close();
      } finally {
        await pixii.stop();
      }
    });
  }

  test("32-TransactWriteItems ends in an explanation", async () => {
    const pixii = await startPixii(["--in-memory"]);
    try {
      const page = await paste(pixii.url, "32-TransactWriteItems");
      await status(page, /^Refused/);
      await page
        .getByText(/one table has one key, so that this can never succeed/)
        .first()
        .waitFor();
      await page.context().close();
    } finally {
      await pixii.stop();
    }
  });

  test.each(["DescribeEndpoints", "DescribeLimits", "ListTables"])("%s needs no body", async (command) => {
    const pixii = await startPixii(["--in-memory"]);
    try {
      const { page } = await open(browser, `${pixii.url}/_pixii/console/`);
      await chooseCommand(page, command);
      await write(page, "");
      await run(page);
      await status(page, /^Success/);
      await page.context().close();
    } finally {
      await pixii.stop();
    }
  });
});

/** Opens the console in the Region of the examples, and runs one. */
async function paste(url: string, file: string): Promise<Page> {
  const { page } = await open(browser, `${url}/_pixii/console/`);
  await page.getByRole("button", { name: /^Connection: / }).click();
  await page.getByRole("combobox", { name: "Region" }).fill(REGION);
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByRole("button", { name: new RegExp(`Region ${REGION}`) }).waitFor();
  await chooseCommand(page, file.replace(/^[^-]*-/, ""));
  await write(page, await readFile(new URL(`${file}.json5`, EXAMPLES), "utf8"));
  await run(page);
  await confirmDeletion(page);
  return page;
}

/** The console asks before a table is deleted. */
async function confirmDeletion(page: Page): Promise<void> {
  const asked = page.getByRole("button", { name: "Delete table" });
  const is = page.getByRole("status", { name: "Status" }).filter({ hasText: /^(Success|Refused|Failed|Not sent)/ });
  await asked.or(is).first().waitFor();
  if (await asked.isVisible()) await asked.click();
}

async function waitFor(url: string, command: string, body: object, text: string): Promise<void> {
  const until = Date.now() + 20_000;
  while (!JSON.stringify(await ask(url, command, body, REGION)).includes(text)) {
    if (until < Date.now()) throw new Error(`${command} never said ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function create(
  url: string,
  region: string,
  [name, ...key]: [string, string, string],
  more: object = {},
): Promise<object> {
  return ask(
    url,
    "CreateTable",
    {
      TableName: name,
      KeySchema: key.map((attribute, place) => ({ AttributeName: attribute, KeyType: place === 0 ? "HASH" : "RANGE" })),
      AttributeDefinitions: key.map((attribute) => ({ AttributeName: attribute, AttributeType: "S" })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      ...("BillingMode" in more ? {} : { ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } }),
      ...more,
    },
    region,
  );
}

const USERS: [string, string, string] = ["users", "team_id", "employee_id"];

async function prepare(url: string, fixture: Fixture): Promise<void> {
  switch (fixture) {
    case "nothing":
      return;
    case "tables":
    case "protected":
      return tables(url, fixture === "protected");
    case "joinable":
      await create(url, REGION, USERS);
      await create(url, "us-east-1", USERS);
      return;
    case "joined":
      return join(url, [REGION, "us-east-1"], []);
    case "third":
      return join(url, [REGION, "us-west-1"], ["us-east-1"]);
    case "replicated":
      await create(url, REGION, USERS, { BillingMode: "PAY_PER_REQUEST" });
      await ask(
        url,
        "UpdateTable",
        {
          TableName: "users",
          ReplicaUpdates: [{ Create: { RegionName: "us-east-1" } }],
        },
        REGION,
      );
      return waitFor(url, "DescribeTable", { TableName: "users" }, '"ReplicaStatus":"ACTIVE"');
  }
}

async function tables(url: string, isProtected: boolean): Promise<void> {
  await create(url, REGION, USERS, { DeletionProtectionEnabled: isProtected });
  await create(url, REGION, ["locations", "name", "address"]);
  for (const employee of ["emp_1", "emp_2", "emp_3"]) {
    const item = { team_id: { S: "team_1" }, employee_id: { S: employee }, name: { S: "Aman" } };
    await ask(url, "PutItem", { TableName: "users", Item: item }, REGION);
  }
  const recovery = { PointInTimeRecoveryEnabled: true };
  await ask(
    url,
    "UpdateContinuousBackups",
    {
      TableName: "users",
      PointInTimeRecoverySpecification: recovery,
    },
    REGION,
  );
  await ask(url, "CreateBackup", { TableName: "users", BackupName: "first" }, REGION);
  await waitFor(url, "ListBackups", { TableName: "users" }, '"BackupStatus":"AVAILABLE"');
}

async function join(url: string, regions: string[], others: string[]): Promise<void> {
  for (const region of [...regions, ...others]) await create(url, region, USERS);
  const group = regions.map((region) => ({ RegionName: region }));
  await ask(url, "CreateGlobalTable", { GlobalTableName: "users", ReplicationGroup: group }, REGION);
  await waitFor(url, "DescribeGlobalTable", { GlobalTableName: "users" }, '"GlobalTableStatus":"ACTIVE"');
}
