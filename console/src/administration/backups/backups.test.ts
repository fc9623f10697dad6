import { expect, test } from "vitest";
import { backupName, listRequest, noFilter, tableOf } from "./backups.ts";

test("only what was chosen is asked for", () => {
  expect(listRequest(noFilter)).toEqual({ Limit: 100, BackupType: "ALL" });
  expect(listRequest({ table: "a", type: "USER", from: 1, until: 2 }, "arn")).toEqual({
    Limit: 100,
    BackupType: "USER",
    TableName: "a",
    TimeRangeLowerBound: 1,
    TimeRangeUpperBound: 2,
    ExclusiveStartBackupArn: "arn",
  });
});

test("a backup is named after its table and time", () => {
  expect(backupName("orders", Date.UTC(2026, 10, 28, 6, 53))).toBe("orders-2026-11-28-0653");
  expect(backupName("a".repeat(255), 0).length).toBeLessThanOrEqual(255);
});

test("an ARN tells the table", () => {
  expect(tableOf("arn:aws:dynamodb:us-east-1:123456789012:table/orders/backup/01-5b")).toBe("orders");
  expect(tableOf("other")).toBe("");
});
