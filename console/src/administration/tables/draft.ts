// A table as it is being made up, what is wrong with it, and the requests that make it.

export type KeyType = "S" | "N" | "B";
export type Projection = "ALL" | "KEYS_ONLY" | "INCLUDE";
export type StreamView = "NEW_AND_OLD_IMAGES" | "NEW_IMAGE" | "OLD_IMAGE" | "KEYS_ONLY";

export interface KeyAttribute {
  name: string;
  type: KeyType;
}

/** Units as typed, so that nothing typed is lost while it is typed. */
export interface Units {
  read: string;
  write: string;
}

export interface IndexDraft {
  /** For lists of the page. */
  id: number;
  name: string;
  /** Of a local index it is the table's. */
  hash: KeyAttribute[];
  range: KeyAttribute[];
  projection: Projection;
  included: string;
  units: Units;
}

export interface TableDraft {
  name: string;
  hash: KeyAttribute;
  /** Without a name there is no sort key. */
  range: KeyAttribute;
  local: IndexDraft[];
  global: IndexDraft[];
  billing: "PAY_PER_REQUEST" | "PROVISIONED";
  units: Units;
  /** Limits on demand; empty for none. */
  limits: Units;
  tableClass: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
  expiry: string;
  stream: StreamView | "";
  isProtected: boolean;
  encryption: "" | "KMS";
  tags: { key: string; value: string }[];
}

export const emptyUnits: Units = { read: "", write: "" };

export const emptyDraft: TableDraft = {
  name: "",
  hash: { name: "", type: "S" },
  range: { name: "", type: "S" },
  local: [],
  global: [],
  billing: "PAY_PER_REQUEST",
  units: { read: "5", write: "5" },
  limits: emptyUnits,
  tableClass: "STANDARD",
  expiry: "",
  stream: "",
  isProtected: false,
  encryption: "",
  tags: [],
};

export const LOCAL_MAX = 5;
export const GLOBAL_MAX = 20;
/** Attributes that the partition key, and the sort key, of a global index may have. */
export const KEY_ATTRIBUTES_MAX = 4;

export function emptyIndex(id: number): IndexDraft {
  return {
    id,
    name: "",
    hash: [{ name: "", type: "S" }],
    range: [{ name: "", type: "S" }],
    projection: "ALL",
    included: "",
    units: { read: "5", write: "5" },
  };
}

/** What is wrong, by where: `name`, `hash`, `global 0 name`, … */
export type Faults = Record<string, string>;

export function nameFault(name: string, what = "name"): string | undefined {
  if (name === "") return `Enter a ${what}.`;
  if (name.length < 3 || 255 < name.length) return `A ${what} has 3 to 255 characters.`;
  if (!/^[\w.-]+$/.test(name)) return `A ${what} has letters, digits, and _ - . only.`;
  return undefined;
}

function unitsFault(text: string): string | undefined {
  return /^[1-9]\d{0,11}$/.test(text) ? undefined : "Enter a whole number, 1 or more.";
}

export function unitsFaults(units: Units, place: string, isOptional = false): Faults {
  const faults: Faults = {};
  for (const side of ["read", "write"] as const) {
    const fault = isOptional && units[side] === "" ? undefined : unitsFault(units[side]);
    if (fault !== undefined) faults[`${place} ${side}`] = fault;
  }
  return faults;
}

/** What is wrong with an index by itself. */
export function indexFaults(index: IndexDraft, place: string, kind: "local" | "global"): Faults {
  const faults: Faults = {};
  const name = nameFault(index.name, "name");
  if (name !== undefined) faults[`${place} name`] = name;
  if (kind === "global" && named(index.hash).length === 0) faults[`${place} hash`] = "Enter the partition key.";
  if (kind === "local" && named(index.range).length === 0) faults[`${place} range`] = "Enter the sort key.";
  if (index.projection === "INCLUDE" && list(index.included).length === 0) {
    faults[`${place} included`] = "Enter at least one attribute.";
  }
  return faults;
}

export function faultsOf(draft: TableDraft): Faults {
  const faults: Faults = {};
  const name = nameFault(draft.name);
  if (name !== undefined) faults["name"] = name;
  if (draft.hash.name === "") faults["hash"] = "Enter the partition key.";
  if (draft.range.name !== "" && draft.range.name === draft.hash.name) {
    faults["range"] = "The sort key is another attribute than the partition key.";
  }
  const seen = new Set<string>();
  for (const kind of ["local", "global"] as const) {
    draft[kind].forEach((index, at) => {
      const place = `${kind} ${at}`;
      Object.assign(faults, indexFaults(index, place, kind));
      if (seen.has(index.name)) faults[`${place} name`] ??= "Another index has this name.";
      seen.add(index.name);
      if (kind === "global" && draft.billing === "PROVISIONED") Object.assign(faults, unitsFaults(index.units, place));
    });
  }
  if (draft.local.length > 0 && draft.range.name === "")
    faults["local"] = "Local indexes need a table with a sort key.";
  if (draft.billing === "PROVISIONED") Object.assign(faults, unitsFaults(draft.units, "units"));
  else Object.assign(faults, unitsFaults(draft.limits, "limits", true));
  for (const [name, types] of typesOf(draft)) {
    if (types.size > 1)
      faults["types"] = `${name} is used as ${[...types].join(" and ")}: an attribute of keys has one type.`;
  }
  const keys = draft.tags.map(({ key }) => key);
  draft.tags.forEach(({ key }, at) => {
    if (key === "") faults[`tag ${at}`] = "Enter a key.";
    else if (keys.indexOf(key) !== at) faults[`tag ${at}`] = "Another tag has this key.";
  });
  return faults;
}

const named = (attributes: KeyAttribute[]) => attributes.filter(({ name }) => name !== "");

function keyAttributes(draft: TableDraft): KeyAttribute[] {
  const ofIndexes = [
    ...draft.local.map(({ range }) => range),
    ...draft.global.flatMap(({ hash, range }) => [hash, range]),
  ];
  return named([draft.hash, draft.range, ...ofIndexes.flat()]);
}

function typesOf(draft: TableDraft): Map<string, Set<KeyType>> {
  const types = new Map<string, Set<KeyType>>();
  for (const { name, type } of keyAttributes(draft)) types.set(name, (types.get(name) ?? new Set<KeyType>()).add(type));
  return types;
}

/** Attributes that are typed with commas between. */
export function list(text: string): string[] {
  return [...new Set(text.split(",").map((name) => name.trim()))].filter((name) => name !== "");
}

const element =
  (KeyType: "HASH" | "RANGE") =>
  ({ name }: KeyAttribute) => ({ AttributeName: name, KeyType });

function schema(hash: KeyAttribute[], range: KeyAttribute[]): object[] {
  return [...named(hash).map(element("HASH")), ...named(range).map(element("RANGE"))];
}

export function throughput({ read, write }: Units): object {
  return { ReadCapacityUnits: Number(read), WriteCapacityUnits: Number(write) };
}

/** Limits on demand, where there are any: −1 takes one away. */
export function limits({
  read,
  write,
}: Units): { MaxReadRequestUnits?: number; MaxWriteRequestUnits?: number } | undefined {
  if (read === "" && write === "") return undefined;
  return {
    ...(read !== "" && { MaxReadRequestUnits: Number(read) }),
    ...(write !== "" && { MaxWriteRequestUnits: Number(write) }),
  };
}

function projection({ projection: kind, included }: IndexDraft): object {
  return { ProjectionType: kind, ...(kind === "INCLUDE" && { NonKeyAttributes: list(included) }) };
}

/** A global index as CreateTable and UpdateTable take it. */
export function globalIndex(index: IndexDraft, isProvisioned: boolean): object {
  return {
    IndexName: index.name,
    KeySchema: schema(index.hash, index.range),
    Projection: projection(index),
    ...(isProvisioned && { ProvisionedThroughput: throughput(index.units) }),
  };
}

/** Attributes of keys with their types, each once. */
export function definitions(attributes: KeyAttribute[]): { AttributeName: string; AttributeType: KeyType }[] {
  const types = new Map(named(attributes).map(({ name, type }) => [name, type]));
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

/** The request that makes the table. */
export function createTable(draft: TableDraft): Record<string, unknown> {
  const isProvisioned = draft.billing === "PROVISIONED";
  const most = limits(draft.limits);
  return {
    TableName: draft.name,
    AttributeDefinitions: definitions(keyAttributes(draft)),
    KeySchema: schema([draft.hash], [draft.range]),
    ...(draft.local.length > 0 && {
      LocalSecondaryIndexes: draft.local.map((index) => ({
        IndexName: index.name,
        KeySchema: schema([draft.hash], index.range),
        Projection: projection(index),
      })),
    }),
    ...(draft.global.length > 0 && {
      GlobalSecondaryIndexes: draft.global.map((index) => globalIndex(index, isProvisioned)),
    }),
    BillingMode: draft.billing,
    ...(isProvisioned && { ProvisionedThroughput: throughput(draft.units) }),
    ...(!isProvisioned && most !== undefined && { OnDemandThroughput: most }),
    ...(draft.stream !== "" && { StreamSpecification: { StreamEnabled: true, StreamViewType: draft.stream } }),
    ...(draft.encryption === "KMS" && { SSESpecification: { Enabled: true, SSEType: "KMS" } }),
    ...(draft.tableClass !== "STANDARD" && { TableClass: draft.tableClass }),
    ...(draft.isProtected && { DeletionProtectionEnabled: true }),
    ...(draft.tags.length > 0 && { Tags: draft.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
  };
}

/** The request to send once the table is active, if there is one: expiry is no part of making a table. */
export function expiryOf(draft: TableDraft): Record<string, unknown> | undefined {
  if (draft.expiry === "") return undefined;
  return { TableName: draft.name, TimeToLiveSpecification: { AttributeName: draft.expiry, Enabled: true } };
}
