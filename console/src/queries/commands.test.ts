import { expect, test } from "vitest";
import { groupOf } from "./commands.ts";

test.each([
  ["GetItem", "Items"],
  ["TransactGetItems", "Transactions"],
  ["DescribeTable", "Tables"],
  ["DescribeContinuousBackups", "Backups and recovery"],
  ["RestoreTableToPointInTime", "Backups and recovery"],
  ["DescribeGlobalTableSettings", "Global tables"],
  ["UpdateTableReplicaAutoScaling", "Global tables"],
  ["ExportTableToPointInTime", "Import and export"],
  ["EnableKinesisStreamingDestination", "Streams"],
  ["GetShardIterator", "Streams"],
  ["ListTagsOfResource", "Tags and policies"],
  ["UpdateTimeToLive", "Tables"],
  ["DescribeLimits", "Service"],
])("%s is among %s", (name, group) => expect(groupOf(name)).toBe(group));
