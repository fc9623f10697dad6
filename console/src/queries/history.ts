// What was run: in this browser, bounded, per person. Bodies as written, without parameters' values and without
// replies; so no secret gets here that nobody wrote into a body.

import { useSyncExternalStore } from "react";
import type { Mode, Place, Ran } from "../api.ts";
import { keep, kept } from "../app/kept.ts";

export interface Entry {
  atMs: number;
  place: Place;
  command: string;
  text: string;
  mode: Mode;
  outcome: Ran["outcome"] | "error";
  elapsedMs: number;
}

export const ENTRIES_MAX = 200;
const TEXT_CHARACTERS_MAX = 20_000;
const CHARACTERS_MAX = 1_000_000;

/** The history with one more in front. A query that is run again moves to the front; a long body is not kept. */
export function remember(entries: Entry[], entry: Entry): Entry[] {
  if (entry.text.length > TEXT_CHARACTERS_MAX) return entries;
  const others = entries.filter(
    ({ command, text, place }) =>
      command !== entry.command || text !== entry.text || JSON.stringify(place) !== JSON.stringify(entry.place),
  );
  let left = CHARACTERS_MAX;
  return [entry, ...others].slice(0, ENTRIES_MAX).filter(({ text }) => (left -= text.length) >= 0);
}

/** Those whose command or body has every word. */
export function find(entries: Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    const all = `${entry.command} ${entry.text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

const known = new Map<string, Entry[]>();
const watchers = new Set<() => void>();

function read(person: string): Entry[] {
  let entries = known.get(person);
  if (entries === undefined) {
    const value = kept(`history.${person}`);
    entries = Array.isArray(value) ? (value as Entry[]) : [];
    known.set(person, entries);
  }
  return entries;
}

function write(person: string, entries: Entry[]): void {
  known.set(person, entries);
  keep(`history.${person}`, entries.length === 0 ? undefined : entries);
  for (const watcher of watchers) watcher();
}

export const addToHistory = (person: string, entry: Entry): void => write(person, remember(read(person), entry));
export const clearHistory = (person: string): void => write(person, []);

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export function useHistory(person: string): Entry[] {
  return useSyncExternalStore(watch, () => read(person));
}
