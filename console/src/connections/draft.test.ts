import { describe, expect, test } from "vitest";
import type { Connection } from "../api.ts";
import { draftOf, emptyForm, faultsOf, formOf, type Form } from "./draft.ts";

const full: Form = { ...emptyForm, name: "Production", accessKeyId: "AKIA", secretAccessKey: "secret" };
const stored: Connection = {
  id: "c1",
  name: "Production",
  kind: "remote",
  endpoint: "aws",
  region: "eu-west-1",
  credentials: { kind: "keys", accessKeyId: "AKIA", hasSessionToken: false },
  roleArn: null,
  externalId: null,
  isReadOnly: true,
  asksBeforeWriting: false,
  version: 3,
};

describe("faults", () => {
  test("name every empty field", () =>
    expect(Object.keys(faultsOf(emptyForm, null))).toEqual(["name", "accessKeyId", "secretAccessKey"]));
  test("there are none in a full form", () => expect(faultsOf(full, null)).toEqual({}));
  test("a secret that is stored need not be typed again", () => expect(faultsOf(formOf(stored), stored)).toEqual({}));
  test("a stored secret does not fit another key", () =>
    expect(faultsOf({ ...formOf(stored), accessKeyId: "AKIB" }, stored).secretAccessKey).toBeDefined());
  test.each(["localhost:8000", "ftp://host", "http://user:secret@host", "//host"])("%s is no endpoint", (endpoint) =>
    expect(faultsOf({ ...full, service: "other", endpoint }, null).endpoint).toBeDefined(),
  );
  test("a role is an ARN", () =>
    expect(faultsOf({ ...full, assumesRole: true, roleArn: "admin" }, null).roleArn).toBeDefined());
  test("a profile needs no keys", () =>
    expect(faultsOf({ ...emptyForm, name: "a", kind: "profile", profile: "default" }, null)).toEqual({}));
});

describe("what is sent", () => {
  test("leaves secrets out that were not typed", () => {
    const { credentials, id, version } = draftOf(formOf(stored), stored);
    expect(credentials).toEqual({ kind: "keys", accessKeyId: "AKIA" });
    expect([id, version]).toEqual(["c1", 3]);
  });
  test("says aws for Amazon's own", () => expect(draftOf(full, null).endpoint).toBe("aws"));
  test("has no role that is switched off", () =>
    expect(draftOf({ ...full, roleArn: "arn:aws:iam::123456789012:role/a" }, null).roleArn).toBeUndefined());
});
