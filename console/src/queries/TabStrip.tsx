// The open queries, as tabs.

import Icon from "@cloudscape-design/components/icon";
import { useEffect, type KeyboardEvent } from "react";
import styles from "./queries.module.css";
import { titleOf, type Tabs } from "./tabs.ts";

export type Panel = "saved" | "history" | null;

export function TabStrip({
  tabs,
  panel,
  onSelect,
  onClose,
  onNew,
  onPanel,
}: {
  tabs: Tabs;
  panel: Panel;
  onSelect: (id: string) => void;
  onClose: (id: string) => void;
  onNew: () => void;
  onPanel: (panel: Panel) => void;
}) {
  const move = (event: KeyboardEvent, index: number) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const id = tabs.tabs[index]?.id;
    if (event.key === "Delete" && id !== undefined) {
      onClose(id);
      return;
    }
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs.tabs.at((index + step) % tabs.tabs.length);
    if (next === undefined) return;
    onSelect(next.id);
    document.getElementById(`query-tab-${next.id}`)?.focus();
  };
  useEffect(() => {
    document.getElementById(`query-tab-${tabs.current}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tabs]);
  const toggle = (name: "saved" | "history", label: string) => (
    <button
      type="button"
      className={styles["panel-button"]}
      aria-pressed={panel === name}
      onClick={() => onPanel(panel === name ? null : name)}
    >
      {label}
    </button>
  );
  return (
    <div className={styles["strip"]}>
      <div className={styles["panel-buttons"]}>
        {toggle("saved", "Saved")}
        {toggle("history", "History")}
      </div>
      <div role="tablist" aria-label="Open queries" className={styles["tabs"]}>
        {tabs.tabs.map((tab, index) => {
          const isCurrent = tab.id === tabs.current;
          const title = titleOf(tab);
          return (
            <button
              key={tab.id}
              type="button"
              role="tab"
              className={styles["tab"]}
              id={`query-tab-${tab.id}`}
              aria-selected={isCurrent}
              aria-controls="query-panel"
              aria-keyshortcuts="Delete"
              tabIndex={isCurrent ? 0 : -1}
              title={title}
              onClick={({ target }) => {
                if (target instanceof Element && target.closest("[data-closes]")) onClose(tab.id);
                else onSelect(tab.id);
              }}
              onKeyDown={(event) => move(event, index)}
              onAuxClick={(event) => {
                if (event.button === 1) onClose(tab.id);
              }}
            >
              <span>{title}</span>
              {tab.isChanged && <i role="img" aria-label="changed" />}
              {/* For the pointer; the keyboard has Delete, and the query's menu closes it too. */}
              <span className={styles["close"]} data-closes aria-hidden="true">
                <Icon name="close" size="small" />
              </span>
            </button>
          );
        })}
      </div>
      <button type="button" className={styles["new"]} aria-label="New query" onClick={onNew}>
        <Icon name="add-plus" />
      </button>
    </div>
  );
}
