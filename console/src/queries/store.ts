// The one store of open queries and their results, outside of the page so that they stay when it goes.

import { useMemo, useSyncExternalStore } from "react";
import type { Place, Ran } from "../api.ts";
import { keep, kept } from "../app/kept.ts";
import { bounded, restored, type Tabs } from "./tabs.ts";

/** A run: under way, or what came of it. */
export interface Run {
  place: Place;
  command: string;
  text: string;
  startedMs: number;
  state: "running" | "done" | "cancelled";
  stop: AbortController;
  ran: Ran | null;
  /** The console's own API failed. */
  error: unknown;
  /** Results before this one, of a query that was paged through. */
  earlier: Ran[];
}

type Update = (all: Tabs) => Tabs;

interface Store {
  tabs: Tabs;
  runs: ReadonlyMap<string, Run>;
  /** The tab that is to run as soon as it shows. */
  waiting: string | null;
}

type Changes = ReturnType<typeof changesOf>;
interface Source {
  read: () => Store;
  watch: (watcher: () => void) => () => void;
  changes: Changes;
}

const sources = new Map<string, Source>();
const WRITE_MS = 400;

function sourceOf(person: string): Source {
  let source = sources.get(person);
  if (source === undefined) {
    source = makeSource(`queries.${person}`);
    sources.set(person, source);
  }
  return source;
}

function makeSource(name: string): Source {
  let state: Store = { tabs: restored(kept(name)), runs: new Map(), waiting: null };
  const watchers = new Set<() => void>();
  const read = () => state;
  const set = (next: Partial<Store>) => {
    state = { ...state, ...next };
    for (const watcher of watchers) watcher();
  };
  const watch = (watcher: () => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  window.addEventListener("pagehide", () => keep(name, bounded(state.tabs)));
  return { read, watch, changes: changesOf(name, read, set) };
}

function changesOf(name: string, read: () => Store, set: (next: Partial<Store>) => void) {
  let writing: number | undefined;
  return {
    update: (update: Update) => {
      set({ tabs: update(read().tabs) });
      window.clearTimeout(writing);
      writing = window.setTimeout(() => keep(name, bounded(read().tabs)), WRITE_MS);
    },
    setRun: (tab: string, run: Run | null) => {
      const runs = new Map(read().runs);
      if (run === null) runs.delete(tab);
      else runs.set(tab, run);
      set({ runs });
    },
    runOf: (tab: string) => read().runs.get(tab),
    wait: (tab: string | null) => set({ waiting: tab }),
  };
}

export type Queries = Store & Changes;

/** The open queries of a person, and how to change them. The functions keep their identity. */
export function useQueries(person: string): Queries {
  const source = useMemo(() => sourceOf(person), [person]);
  const state = useSyncExternalStore(source.watch, source.read);
  return { ...state, ...source.changes };
}
