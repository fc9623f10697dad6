import { describe, expect, test } from "vitest";
import { bounded, change, close, newTab, open, restored, start, TABS_MAX, titleOf } from "./tabs.ts";

describe("tabs", () => {
  test("a closed one shows its neighbour", () => {
    const [a, b, c] = [newTab(), newTab(), newTab()];
    const all = { tabs: [a, b, c], current: b.id };
    expect(close(all, b.id)).toEqual({ tabs: [a, c], current: c.id });
    expect(close(close(all, b.id), c.id).current).toBe(a.id);
  });
  test("closing another one changes nothing of what shows", () => {
    const [a, b] = [newTab(), newTab()];
    expect(close({ tabs: [a, b], current: b.id }, a.id).current).toBe(b.id);
  });
  test("there is always one", () => {
    const all = start();
    expect(close(all, all.current).tabs).toHaveLength(1);
  });
  test("there are never too many", () => {
    let all = start();
    for (let count = 0; count < TABS_MAX + 5; count += 1) all = open(all, newTab());
    expect(all.tabs).toHaveLength(TABS_MAX);
    expect(all.tabs.at(-1)?.id).toBe(all.current);
  });
  test("a saved one is changed by its text, not by its values", () => {
    const tab = newTab({ saved: { id: "q", version: 1 } });
    const all = { tabs: [tab], current: tab.id };
    expect(change(all, tab.id, { values: { a: "1" } }).tabs[0]?.isChanged).toBe(false);
    expect(change(all, tab.id, { text: "{}" }).tabs[0]?.isChanged).toBe(true);
  });
  test("are called by their name, else by what they do", () => {
    expect(titleOf(newTab({ command: "Scan", table: "users" }))).toBe("Scan · users");
    expect(titleOf(newTab({ name: "All users" }))).toBe("All users");
  });
});

describe("what is kept", () => {
  test("comes back as it was", () => {
    const all = open(start(), newTab({ text: "{}" }));
    expect(restored(JSON.parse(JSON.stringify(bounded(all))))).toEqual(all);
  });
  test("is not believed where it is something else", () => {
    for (const value of [null, 5, { tabs: "x" }, { tabs: [{}] }, { tabs: [] }])
      expect(restored(value).tabs).toHaveLength(1);
  });
  test("leaves out what is too long", () => {
    const [short, long] = [newTab({ text: "{}" }), newTab({ text: "x".repeat(2_000_000) })];
    expect(bounded({ tabs: [short, long], current: long.id }).tabs).toEqual([short]);
  });
});
