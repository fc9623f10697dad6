import type { Read, StreamRecord } from "./tail.ts";
import { keyText, text, type Image } from "./values.ts";

export type EventName = StreamRecord["eventName"];

export interface Filter {
  text: string;
  events: readonly EventName[];
}

export const allEvents: readonly EventName[] = ["INSERT", "MODIFY", "REMOVE"];

const imageText = (image: Image | undefined) => (image === undefined ? "" : text({ M: image }));

/** The records that a filter lets through: of its events, with its text in their keys or images. */
export function filtered(records: readonly Read[], filter: Filter): readonly Read[] {
  const wanted = filter.text.trim().toLowerCase();
  if (wanted === "" && filter.events.length === allEvents.length) return records;
  return records.filter(({ record: { eventName, dynamodb } }) => {
    if (!filter.events.includes(eventName)) return false;
    if (wanted === "") return true;
    const { Keys, OldImage, NewImage } = dynamodb;
    return [keyText(Keys), imageText(OldImage), imageText(NewImage)].some((one) => one.toLowerCase().includes(wanted));
  });
}
