import { expect, test } from "vitest";
import { emptyReplica, legacyRequest, removalRequest, replicaDraft, replicaFaults, replicaRequest } from "./replica.ts";

test("a replica is added with what is to differ only", () => {
  const draft = { ...emptyReplica, region: "eu-west-1" };
  expect(replicaRequest("t", "Create", draft, true)).toEqual({
    TableName: "t",
    ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }],
  });
  expect(replicaRequest("t", "Update", { ...draft, readUnits: "5", tableClass: "STANDARD" }, false)).toEqual({
    TableName: "t",
    ReplicaUpdates: [
      {
        Update: {
          RegionName: "eu-west-1",
          ProvisionedThroughputOverride: { ReadCapacityUnits: 5 },
          TableClassOverride: "STANDARD",
        },
      },
    ],
  });
  expect(replicaRequest("t", "Update", { ...draft, readUnits: "5" }, true)["ReplicaUpdates"]).toEqual([
    { Update: { RegionName: "eu-west-1", OnDemandThroughputOverride: { MaxReadRequestUnits: 5 } } },
  ]);
});

test("a replica is removed by its Region", () => {
  expect(removalRequest("t", "eu-west-1")).toEqual({
    TableName: "t",
    ReplicaUpdates: [{ Delete: { RegionName: "eu-west-1" } }],
  });
});

test("what is described is where editing begins", () => {
  const replica = { RegionName: "r", ProvisionedThroughputOverride: { ReadCapacityUnits: 7 } };
  expect(replicaDraft(replica, false)).toEqual({ region: "r", readUnits: "7", tableClass: "" });
  expect(replicaDraft(replica, true).readUnits).toBe("");
});

test.each([
  [{ region: "" }, "region"],
  [{ region: "here" }, "region"],
  [{ region: "EU" }, "region"],
  [{ region: "r", readUnits: "0" }, "readUnits"],
])("%j has a fault", (change, place) =>
  expect(Object.keys(replicaFaults({ ...emptyReplica, ...change }, ["here"]))).toEqual([place]),
);

test("legacy settings ask for what was filled in", () => {
  expect(legacyRequest("t", { billing: "", writeUnits: "", readUnits: { a: "" } })).toEqual({ GlobalTableName: "t" });
  expect(legacyRequest("t", { billing: "PROVISIONED", writeUnits: "5", readUnits: { a: "3", b: "" } })).toEqual({
    GlobalTableName: "t",
    GlobalTableBillingMode: "PROVISIONED",
    GlobalTableProvisionedWriteCapacityUnits: 5,
    ReplicaSettingsUpdate: [{ RegionName: "a", ReplicaProvisionedReadCapacityUnits: 3 }],
  });
});
