// What was loaded of one request, and loading on.

import { useCallback, useEffect, useRef, useState } from "react";
import { isAbort } from "../api.ts";
import { useSend } from "../app/confirm.tsx";
import { Census } from "./columns.ts";
import { load, noProgress, type Progress } from "./paging.ts";
import type { Request } from "./request.ts";
import { identity, type Item } from "./values.ts";

export interface Asked {
  command: "Query" | "Scan";
  body: Request;
}

/**
 * The rows grow in place, as copying a million of them for every page would be felt; each change makes a
 * new `Loaded` around them.
 */
export interface Loaded {
  asked: Asked | null;
  items: Item[];
  census: Census;
  progress: Progress;
  isLoading: boolean;
  error: unknown;
}

const nothing = (asked: Asked | null): Loaded => ({
  asked,
  items: [],
  census: new Census(),
  progress: noProgress,
  isLoading: false,
  error: null,
});

export interface Items {
  loaded: Loaded;
  /** Asks anew. */
  run: (asked: Asked) => void;
  /** The next page with items, or with `unitsMax` all pages until that many units are used. */
  more: (unitsMax?: number) => void;
  stop: () => void;
  /** Puts an item in place of the one with the same keys, or takes it away. */
  replace: (key: string, item: Item | null) => void;
  add: (item: Item) => void;
}

export function useItems(keys: string[]): Items {
  const send = useSend();
  const [loaded, setLoaded] = useState<Loaded>(() => nothing(null));
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const go = useCallback(
    (from: Loaded, unitsMax?: number) => {
      if (from.asked === null) return;
      const { asked, items, census } = from;
      stop.current?.abort();
      const now = new AbortController();
      stop.current = now;
      const { signal } = now;
      setLoaded({ ...from, isLoading: true, error: null });
      const onPage = (page: Item[], progress: Progress) => {
        for (const item of page) items.push(item);
        census.add(page);
        setLoaded((before) => ({ ...before, progress }));
      };
      const what = { ...asked, from: from.progress, ...(unitsMax !== undefined && { unitsMax }) };
      load((command, request) => send(command, request, { signal }), what, onPage, signal).then(
        () => setLoaded((before) => ({ ...before, isLoading: false })),
        (error: unknown) => {
          if (stop.current !== now) return;
          setLoaded((before) => ({ ...before, isLoading: false, error: isAbort(error) ? null : error }));
        },
      );
    },
    [send],
  );

  const run = useCallback((asked: Asked) => go(nothing(asked)), [go]);
  const more = useCallback((unitsMax?: number) => go(loaded, unitsMax), [go, loaded]);
  const halt = useCallback(() => stop.current?.abort(), []);
  // In place, as pages may still be coming in; the array of a request stays the same.
  const { items, census } = loaded;
  const replace = useCallback(
    (key: string, item: Item | null) => {
      const at = items.findIndex((each) => identity(each, keys) === key);
      if (at < 0) return;
      items.splice(at, 1, ...(item === null ? [] : [item]));
      if (item !== null) census.add([item]);
      setLoaded((before) => ({ ...before }));
    },
    [items, census, keys],
  );
  const add = useCallback(
    (item: Item) => {
      items.unshift(item);
      census.add([item]);
      setLoaded((before) => ({ ...before }));
    },
    [items, census],
  );
  return { loaded, run, more, stop: halt, replace, add };
}
