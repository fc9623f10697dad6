// The queries that are open. They outlive a reload, and a visit to another page; their results only
// the latter. Kept per person, so that who signs in next sees none of it.

import { memberString } from "./body/tree.ts";
import type { Mode, Place, SavedQuery } from "../api.ts";

export interface QueryTab {
  id: string;
  /** The saved query that it is, with the version that was opened. */
  saved: { id: string; version: number } | null;
  name: string | null;
  command: string;
  text: string;
  /** The template that `text` is, as long as nothing else was typed. */
  template: string | null;
  table: string | null;
  mode: Mode;
  /** Values for `{{ name }}`, as typed. */
  values: Record<string, string>;
  parameters: SavedQuery["parameters"];
  runOnLoad: boolean;
  asksBeforeRunning: boolean;
  timeoutMs: number;
  /** Where it may run by itself; `null` is anywhere. */
  runsAt: Place | null;
  /** Whether it differs from the saved query. */
  isChanged: boolean;
}

export interface Tabs {
  tabs: QueryTab[];
  current: string;
}

export const TABS_MAX = 20;
export const TIMEOUT_MS = { default: 10_000, max: 60_000 };
const KEPT_CHARACTERS_MAX = 1_000_000;

let serial = 0;

export function newTab(change: Partial<QueryTab> = {}): QueryTab {
  serial += 1;
  return {
    id: `${Date.now().toString(36)}-${serial}`,
    saved: null,
    name: null,
    command: "GetItem",
    text: "",
    template: "",
    table: null,
    mode: "auto",
    values: {},
    parameters: [],
    runOnLoad: false,
    asksBeforeRunning: false,
    timeoutMs: TIMEOUT_MS.default,
    runsAt: null,
    isChanged: false,
    ...change,
  };
}

export function tabOf(query: SavedQuery): QueryTab {
  const { name, command, text, mode, parameters, runOnLoad, asksBeforeRunning, timeoutMs } = query;
  const values = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.default ?? ""]));
  const saved = { id: query.id, version: query.version };
  const set = { saved, name, command, text, mode, parameters, values, runOnLoad, asksBeforeRunning, timeoutMs };
  return newTab({ ...set, template: null, runsAt: placeOf(query) });
}

/** The table that it is about: what the body says, else what was chosen for the next template. */
export function tableOf({ text, table }: QueryTab): string | null {
  return memberString(text, "TableName") ?? table;
}

/** What a tab is called. */
export function titleOf(tab: QueryTab): string {
  const { name, command } = tab;
  const table = tableOf(tab);
  return name ?? (table === null ? command : `${command} · ${table}`);
}

export const start = (): Tabs => {
  const tab = newTab();
  return { tabs: [tab], current: tab.id };
};

/** Opens a tab at the end and shows it. Beyond the most there may be, the oldest unsaved one goes. */
export function open({ tabs }: Tabs, tab: QueryTab): Tabs {
  const kept = tabs.length < TABS_MAX ? tabs : tabs.filter((_, index) => index !== oldest(tabs));
  return { tabs: [...kept, tab], current: tab.id };
}

function oldest(tabs: QueryTab[]): number {
  const index = tabs.findIndex(({ saved, isChanged }) => saved === null || !isChanged);
  return Math.max(index, 0);
}

/** Closes a tab and shows its neighbour; the last one makes room for an empty one. */
export function close({ tabs, current }: Tabs, id: string): Tabs {
  const index = tabs.findIndex((tab) => tab.id === id);
  const left = tabs.filter((tab) => tab.id !== id);
  const neighbour = left[Math.min(index, left.length - 1)];
  if (neighbour === undefined) return start();
  return { tabs: left, current: current === id ? neighbour.id : current };
}

const CONTENT = ["command", "text", "mode", "parameters", "runOnLoad", "asksBeforeRunning", "timeoutMs"] as const;

/** Changes a tab; what belongs to the saved query marks it as changed. */
export function change(all: Tabs, id: string, patch: Partial<QueryTab>): Tabs {
  const tabs = all.tabs.map((tab) => {
    if (tab.id !== id) return tab;
    const differs = CONTENT.some((name) => name in patch && patch[name] !== tab[name]);
    return { ...tab, isChanged: tab.isChanged || (differs && tab.saved !== null), ...patch };
  });
  return { ...all, tabs };
}

/** Where a saved query goes. */
export function placeOf({ connection, region }: Pick<SavedQuery, "connection" | "region">): Place {
  return region === null ? { connection } : { connection, region };
}

/** Whether two places are the same one. The account of an open server is not part of a saved query. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.connection === b.connection && a.region === b.region;
}

/** What of it is kept: tabs with too long texts are left out, the last first. */
export function bounded(all: Tabs): Tabs {
  let left = KEPT_CHARACTERS_MAX;
  const tabs = all.tabs.filter(({ text }) => (left -= text.length) >= 0);
  return { ...all, tabs };
}

/** What was kept, where it still is what it should be. */
export function restored(value: unknown): Tabs {
  const { tabs, current } = (value ?? {}) as Partial<Tabs>;
  if (!Array.isArray(tabs)) return start();
  const sound = tabs
    .filter((tab) => typeof tab.id === "string" && typeof tab.text === "string" && typeof tab.command === "string")
    // Members that are newer than what was kept get their first value.
    .map((tab) => ({ ...newTab(), ...tab }));
  const [first] = sound;
  if (first === undefined) return start();
  return { tabs: sound, current: sound.some(({ id }) => id === current) ? (current ?? first.id) : first.id };
}
