// What is known of many tables, asked for a few at a time.

import { useEffect, useState } from "react";
import { usePlace } from "../../app/place.tsx";
import { describeTable, type TableDescription } from "../../components/tables.ts";

const AT_ONCE = 6;

export type Known = TableDescription | { fault: unknown };

/** By name; what is not there yet is on its way. `names` keeps its identity while it is the same list. */
export function useDescriptions(names: readonly string[] | undefined): ReadonlyMap<string, Known> {
  const { place } = usePlace();
  const [known, setKnown] = useState<ReadonlyMap<string, Known>>(new Map());
  useEffect(() => {
    if (names === undefined) return;
    const waiting = [...names];
    let isWanted = true;
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined && isWanted; name = waiting.shift()) {
        const asked = name;
        const found = await describeTable(place, asked).catch((fault: unknown): Known => ({ fault }));
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while this waited
        if (isWanted) setKnown((now) => new Map(now).set(asked, found));
      }
    };
    for (let worker = 0; worker < AT_ONCE; worker += 1) void work();
    return () => {
      isWanted = false;
    };
  }, [names, place]);
  return known;
}
