// Follows a stream while it is wanted: a step each second, at once where there is more.

import { useEffect, useRef, useState } from "react";
import { Refusal, send } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { kept, Tail, type Read, type Start } from "./tail.ts";

const EVERY_MS = 1000;
/** Records that are kept to be shown; a page of them is in memory, and no more. */
export const RECORDS_MAX = 500;

export interface Tailed {
  records: Read[];
  /** How many older ones were let go. */
  dropped: number;
  reading: number;
  error: unknown;
  clear: () => void;
}

const is = (error: unknown, exception: string) => error instanceof Refusal && error.exception === exception;

/** `round` begins anew: another start, or after an error. */
export function useTail(arn: string, start: Start, isPaused: boolean, round: number): Tailed {
  const { place } = usePlace();
  const [state, setState] = useState<Omit<Tailed, "clear">>({ records: [], dropped: 0, reading: 0, error: null });
  const tail = useRef<Tail | null>(null);
  const asked = useRef<AbortController | null>(null);
  const stepping = useRef<Promise<unknown>>(Promise.resolve());

  useEffect(() => {
    const stop = new AbortController();
    asked.current = stop;
    tail.current = new Tail(
      (command, request) => send(place, command, request, { signal: stop.signal }),
      arn,
      start,
      is,
    );
    // What was read before belongs to another start.

    setState({ records: [], dropped: 0, reading: 0, error: null });
    return () => stop.abort();
  }, [place, arn, start, round]);

  useEffect(() => {
    if (isPaused) return;
    let timer = 0;
    let isWanted = true;
    const step = async () => {
      const [now, stop] = [tail.current, asked.current];
      if (now === null || stop === null) return;
      let isMore = false;
      try {
        // A step that was begun before a pause ends first: two at once would read the same.
        await stepping.current;
        const taken = now.step();
        stepping.current = taken.catch(() => undefined);
        const found = await taken;
        isMore = found.isMore && found.read.length > 0;
        if (stop.signal.aborted) return;
        const { error = null } = found;
        setState((before) => {
          const { shown, dropped } = kept(before.records, found.read, RECORDS_MAX);
          return { records: shown, dropped: before.dropped + dropped, reading: now.reading, error };
        });
        if (error !== null) return;
      } catch (error) {
        if (stop.signal.aborted) return;
        setState((before) => ({ ...before, error }));
        return;
      }

      if (isWanted) timer = window.setTimeout(() => void step(), isMore ? 0 : EVERY_MS);
    };
    void step();
    return () => {
      isWanted = false;
      window.clearTimeout(timer);
    };
  }, [isPaused, place, arn, start, round]);

  return { ...state, clear: () => setState((before) => ({ ...before, records: [], dropped: 0 })) };
}
