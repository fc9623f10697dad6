import { expect, test } from "vitest";
import type { TableDescription } from "../../components/tables.ts";
import { capacityOf, capacityRequest } from "./capacity.ts";

const table = {
  TableName: "orders",
  ProvisionedThroughput: { ReadCapacityUnits: 20, WriteCapacityUnits: 10 },
  GlobalSecondaryIndexes: [{ IndexName: "i", ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } }],
} as unknown as TableDescription;
const provisioned = capacityOf(table);
const onDemand = capacityOf({
  ...table,
  BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
  OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: -1 },
});

test("a description is read", () => {
  expect(provisioned).toEqual({
    billing: "PROVISIONED",
    units: { read: "20", write: "10" },
    indexes: { i: { read: "5", write: "5" } },
    limits: { read: "", write: "" },
  });
  expect([onDemand.billing, onDemand.limits]).toEqual(["PAY_PER_REQUEST", { read: "100", write: "" }]);
});

test("what is the same asks for nothing", () => {
  expect(capacityRequest(table, provisioned, provisioned)).toBeUndefined();
  expect(capacityRequest(table, onDemand, onDemand)).toBeUndefined();
});

test("only what was changed is asked for", () => {
  expect(capacityRequest(table, provisioned, { ...provisioned, units: { read: "21", write: "10" } })).toEqual({
    TableName: "orders",
    ProvisionedThroughput: { ReadCapacityUnits: 21, WriteCapacityUnits: 10 },
  });
  expect(capacityRequest(table, provisioned, { ...provisioned, indexes: { i: { read: "6", write: "5" } } })).toEqual({
    TableName: "orders",
    GlobalSecondaryIndexUpdates: [
      { Update: { IndexName: "i", ProvisionedThroughput: { ReadCapacityUnits: 6, WriteCapacityUnits: 5 } } },
    ],
  });
});

test("a change to provisioned says the units of all", () => {
  expect(capacityRequest(table, onDemand, { ...onDemand, billing: "PROVISIONED" })).toEqual({
    TableName: "orders",
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: { ReadCapacityUnits: 20, WriteCapacityUnits: 10 },
    GlobalSecondaryIndexUpdates: [
      { Update: { IndexName: "i", ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } } },
    ],
  });
  expect(capacityRequest(table, provisioned, { ...provisioned, billing: "PAY_PER_REQUEST" })).toEqual({
    TableName: "orders",
    BillingMode: "PAY_PER_REQUEST",
  });
});

test("a limit that is emptied is taken away", () => {
  expect(capacityRequest(table, onDemand, { ...onDemand, limits: { read: "", write: "7" } })).toEqual({
    TableName: "orders",
    OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 7 },
  });
});
