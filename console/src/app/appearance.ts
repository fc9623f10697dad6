// Light or dark, comfortable or compact: a choice of this browser.

import { applyDensity, applyMode, Density, Mode } from "@cloudscape-design/global-styles";
import { useSyncExternalStore } from "react";
import { keep, kept } from "./kept.ts";

export type Scheme = "system" | "light" | "dark";
export interface Appearance {
  scheme: Scheme;
  isCompact: boolean;
}

const NAME = "appearance";
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();
let current: Appearance = { scheme: "system", isCompact: false, ...(kept(NAME) as Partial<Appearance> | undefined) };

/** Whether the page is dark now. */
export function isDark(): boolean {
  return current.scheme === "dark" || (current.scheme === "system" && prefersDark.matches);
}

function apply(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
  applyDensity(current.isCompact ? Density.Compact : Density.Comfortable);
  for (const watcher of watchers) watcher();
}

/** Puts the kept choice in place, and follows the system where it is asked to. */
export function startAppearance(): void {
  apply();
  prefersDark.addEventListener("change", apply);
}

export function changeAppearance(change: Partial<Appearance>): void {
  current = { ...current, ...change };
  keep(NAME, current);
  apply();
}

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

/** The choice, and whether it comes out dark: for what draws with colors of its own, such as charts. */
export function useAppearance(): Appearance & { isDark: boolean } {
  const appearance = useSyncExternalStore(watch, () => current);
  const dark = useSyncExternalStore(watch, isDark);
  return { ...appearance, isDark: dark };
}
