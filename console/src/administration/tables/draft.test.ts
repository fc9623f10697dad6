import { expect, test } from "vitest";
import { createTable, emptyDraft, emptyIndex, expiryOf, faultsOf, list, nameFault, type TableDraft } from "./draft.ts";

const draft = (change: Partial<TableDraft> = {}): TableDraft => ({
  ...emptyDraft,
  name: "orders",
  hash: { name: "customer", type: "S" },
  ...change,
});

test("a table of a name and a partition key is whole", () => {
  expect(faultsOf(draft())).toEqual({});
  expect(createTable(draft())).toEqual({
    TableName: "orders",
    AttributeDefinitions: [{ AttributeName: "customer", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "customer", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  });
});

test("everything that was chosen is asked for, and each attribute is defined once", () => {
  const request = createTable(
    draft({
      range: { name: "placed", type: "N" },
      local: [{ ...emptyIndex(0), name: "by-total", range: [{ name: "total", type: "N" }], projection: "KEYS_ONLY" }],
      global: [
        {
          ...emptyIndex(1),
          name: "by-status",
          hash: [
            { name: "status", type: "S" },
            { name: "customer", type: "S" },
          ],
          range: [{ name: "placed", type: "N" }],
          projection: "INCLUDE",
          included: "note, total ,note",
          units: { read: "1", write: "2" },
        },
      ],
      billing: "PROVISIONED",
      units: { read: "3", write: "4" },
      stream: "NEW_IMAGE",
      encryption: "KMS",
      tableClass: "STANDARD_INFREQUENT_ACCESS",
      isProtected: true,
      tags: [{ key: "team", value: "shop" }],
    }),
  );
  expect(request).toEqual({
    TableName: "orders",
    AttributeDefinitions: [
      { AttributeName: "customer", AttributeType: "S" },
      { AttributeName: "placed", AttributeType: "N" },
      { AttributeName: "total", AttributeType: "N" },
      { AttributeName: "status", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "customer", KeyType: "HASH" },
      { AttributeName: "placed", KeyType: "RANGE" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-total",
        KeySchema: [
          { AttributeName: "customer", KeyType: "HASH" },
          { AttributeName: "total", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-status",
        KeySchema: [
          { AttributeName: "status", KeyType: "HASH" },
          { AttributeName: "customer", KeyType: "HASH" },
          { AttributeName: "placed", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["note", "total"] },
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 },
      },
    ],
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    SSESpecification: { Enabled: true, SSEType: "KMS" },
    TableClass: "STANDARD_INFREQUENT_ACCESS",
    DeletionProtectionEnabled: true,
    Tags: [{ Key: "team", Value: "shop" }],
  });
});

test("limits on demand are asked for where they are given", () => {
  expect(createTable(draft({ limits: { read: "10", write: "" } }))["OnDemandThroughput"]).toEqual({
    MaxReadRequestUnits: 10,
  });
});

test("expiry is asked for by itself", () => {
  expect(expiryOf(draft())).toBeUndefined();
  expect(expiryOf(draft({ expiry: "expires" }))).toEqual({
    TableName: "orders",
    TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
  });
});

test.each<[string, Partial<TableDraft>, string]>([
  ["no name", { name: "" }, "name"],
  ["no partition key", { hash: { name: "", type: "S" } }, "hash"],
  ["one attribute as both keys", { range: { name: "customer", type: "S" } }, "range"],
  ["a local index without a sort key of the table", { local: [{ ...emptyIndex(0), name: "abc" }] }, "local"],
  ["an index without a name", { global: [emptyIndex(0)] }, "global 0 name"],
  ["an index without a key", { global: [{ ...emptyIndex(0), name: "abc" }] }, "global 0 hash"],
  [
    "two types of an attribute",
    { global: [{ ...emptyIndex(0), name: "abc", hash: [{ name: "customer", type: "N" }] }] },
    "types",
  ],
  ["no units", { billing: "PROVISIONED", units: { read: "0", write: "x" } }, "units read"],
  ["limits of zero", { limits: { read: "0", write: "" } }, "limits read"],
  ["nothing included", { global: [{ ...emptyIndex(0), name: "abc", projection: "INCLUDE" }] }, "global 0 included"],
  [
    "a tag twice",
    {
      tags: [
        { key: "a", value: "" },
        { key: "a", value: "" },
      ],
    },
    "tag 1",
  ],
])("%s is a fault", (_, change, place) => expect(Object.keys(faultsOf(draft(change)))).toContain(place));

test("two indexes have two names", () => {
  const index = { ...emptyIndex(0), name: "abc", hash: [{ name: "a", type: "S" as const }] };
  expect(faultsOf(draft({ global: [index, { ...index, id: 1 }] }))).toEqual({
    "global 1 name": "Another index has this name.",
  });
});

test.each([["ab"], ["a".repeat(256)], ["a b"], ["ä-table"]])("%s is no name", (name) =>
  expect(nameFault(name)).toBeDefined(),
);

test("a list is what stands between commas", () => expect(list(" a, b,,a ")).toEqual(["a", "b"]));
