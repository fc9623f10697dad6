import { expect, test } from "vitest";
import { emptyRestore, restoreFaults, restoreRequest, suggestedName } from "./restore.ts";

const none = { global: [], local: [] };
const index = (IndexName: string, units?: number) => ({
  IndexName,
  KeySchema: [],
  Projection: {},
  ...(units !== undefined && { ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: units } }),
});

test("the name that is suggested is free", () => {
  expect(suggestedName("users", [])).toBe("usersRestored");
  expect(suggestedName("users", ["usersRestored", "usersRestored2"])).toBe("usersRestored3");
});

test("the latest time is asked for as such, and another by its seconds", () => {
  const source = { kind: "time", table: "users" } as const;
  expect(restoreRequest(source, emptyRestore("users2"), none)).toEqual({
    command: "RestoreTableToPointInTime",
    request: { SourceTableName: "users", TargetTableName: "users2", UseLatestRestorableTime: true },
  });
  const { request } = restoreRequest(source, { ...emptyRestore("users2"), time: 1_795_848_802 }, none);
  expect(request).toEqual({ SourceTableName: "users", TargetTableName: "users2", RestoreDateTime: 1_795_848_802 });
});

test("a backup is restored by its ARN, with what is overridden", () => {
  const source = { kind: "backup", arn: "arn", table: "users" } as const;
  const draft = {
    ...emptyRestore("users2"),
    billing: "PROVISIONED" as const,
    units: { read: "2", write: "3" },
    encryption: "KMS" as const,
    withoutIndexes: ["b", "l"],
  };
  const units = { ReadCapacityUnits: 2, WriteCapacityUnits: 3 };
  expect(restoreRequest(source, draft, { global: [index("a"), index("b")], local: [index("l")] })).toEqual({
    command: "RestoreTableFromBackup",
    request: {
      BackupArn: "arn",
      TargetTableName: "users2",
      BillingModeOverride: "PROVISIONED",
      ProvisionedThroughputOverride: units,
      GlobalSecondaryIndexOverride: [{ ...index("a"), ProvisionedThroughput: units }],
      LocalSecondaryIndexOverride: [],
      SSESpecificationOverride: { Enabled: true, SSEType: "KMS" },
    },
  });
});

test("indexes that stay keep their units, and those on demand have none", () => {
  const draft = { ...emptyRestore("users2"), withoutIndexes: ["c"] };
  const indexes = { global: [index("a", 5), index("b", 0), index("c", 5)], local: [] };
  const { request } = restoreRequest({ kind: "time", table: "users" }, draft, indexes);
  expect(request["GlobalSecondaryIndexOverride"]).toEqual([
    index("a", 5),
    { IndexName: "b", KeySchema: [], Projection: {} },
  ]);
});

test("a name that is taken, and units that are none, are faults", () => {
  expect(restoreFaults(emptyRestore("users"), ["users"])).toEqual({ target: "There is a table of this name." });
  const draft = { ...emptyRestore("users2"), billing: "PROVISIONED" as const, units: { read: "", write: "1" } };
  expect(Object.keys(restoreFaults(draft, []))).toEqual(["units read"]);
});
