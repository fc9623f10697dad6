import { expect, test } from "vitest";
import { allEvents, filtered } from "./filter.ts";
import type { Read } from "./tail.ts";

const read = (eventName: string, id: string, name?: string) =>
  ({
    shard: "a",
    record: {
      eventID: id,
      eventName,
      dynamodb: { Keys: { id: { S: id } }, ...(name && { NewImage: { name: { S: name } } }) },
    },
  }) as unknown as Read;
const records = [read("INSERT", "1", "Ann"), read("REMOVE", "2"), read("MODIFY", "3", "Bob")];
const ids = (text: string, events = allEvents) =>
  filtered(records, { text, events }).map(({ record }) => record.eventID);

test("without a filter all are shown", () => expect(filtered(records, { text: " ", events: allEvents })).toBe(records));
test("events and texts are looked for", () => {
  expect(ids("", ["REMOVE"])).toEqual(["2"]);
  expect(ids("ann")).toEqual(["1"]);
  expect(ids('id: "3"')).toEqual(["3"]);
  expect(ids("ann", ["MODIFY"])).toEqual([]);
});
