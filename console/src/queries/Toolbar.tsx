// What is run, on which table, how the body is read.

import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { useMemo } from "react";
import type { Mode } from "../api.ts";
import { modifier } from "../app/actions.tsx";
import { usePlace } from "../app/place.tsx";
import { Choice } from "../components/Choice.tsx";
import { useTableNames } from "../components/tables.ts";
import type { Model } from "../model.ts";
import { grouped } from "./commands.ts";
import styles from "./queries.module.css";
import { tableOf, type QueryTab } from "./tabs.ts";

const modes: { id: Mode; text: string; title: string }[] = [
  { id: "auto", text: "Auto", title: "Typed values stay, plain ones become typed" },
  { id: "typed", text: "Typed", title: 'Values are typed, as the service takes them: {"S": "a"}' },
  { id: "plain", text: "Plain", title: 'Values are plain JSON: "a". A map {"S": "a"} is a map' },
];

export type MenuItem = "settings" | "save-as" | "duplicate" | "endpoint" | "delete" | "close";

export function Toolbar({
  tab,
  model,
  isRunning,
  onCommand,
  onTable,
  onTemplate,
  onMode,
  onRun,
  onCancel,
  onSave,
  onMenu,
}: {
  tab: QueryTab;
  model: Model | undefined;
  isRunning: boolean;
  onCommand: (command: string) => void;
  onTable: (table: string) => void;
  onTemplate: () => void;
  onMode: (mode: Mode) => void;
  onRun: () => void;
  onCancel: () => void;
  onSave: () => void;
  onMenu: (item: MenuItem) => void;
}) {
  const { connection } = usePlace();
  const tables = useTableNames();
  const isLocal = connection.kind === "local";
  const options = useMemo(() => commandOptions(model, isLocal), [model, isLocal]);
  const table = tableOf(tab);
  const isSaved = tab.saved !== null;
  return (
    <div className={styles["toolbar"]} role="group" aria-label="Query">
      <div className={styles["command"]}>
        <Select
          ariaLabel="Command"
          selectedOption={{ value: tab.command, label: tab.command }}
          options={options}
          filteringType="auto"
          filteringAriaLabel="Find a command"
          filteringPlaceholder="Find a command"
          statusType={model === undefined ? "loading" : "finished"}
          loadingText="Loading commands"
          empty="No command is called that."
          onChange={({ detail }) => onCommand(detail.selectedOption.value ?? tab.command)}
        />
      </div>
      <div className={styles["table"]}>
        <Select
          ariaLabel="Table"
          placeholder="Choose a table"
          selectedOption={table === null ? null : { value: table, label: table }}
          options={(tables.value ?? []).map((value) => ({ value, label: value }))}
          filteringType="auto"
          filteringAriaLabel="Find a table"
          filteringPlaceholder="Find a table"
          statusType={tables.isLoading ? "loading" : tables.error ? "error" : "finished"}
          loadingText="Loading tables"
          errorText="The tables could not be listed."
          recoveryText="Try again"
          onLoadItems={({ detail }) => {
            if (!detail.samePage) return;
            tables.reload();
          }}
          empty="There are no tables here."
          onChange={({ detail }) => onTable(detail.selectedOption.value ?? "")}
        />
      </div>
      <Button onClick={onTemplate} iconName="file">
        Template
      </Button>
      <Choice label="How the body is read" value={tab.mode} options={modes} onChange={onMode} />
      <div className={styles["run"]}>
        <Button onClick={onSave} ariaLabel={isSaved ? "Save" : "Save query"}>
          Save
        </Button>
        <ButtonDropdown
          variant="icon"
          ariaLabel="More for this query"
          items={[
            { id: "settings", text: "Settings" },
            { id: "save-as", text: "Save as a new query" },
            { id: "duplicate", text: "Duplicate into a new tab" },
            {
              id: "endpoint",
              text: "HTTP endpoint",
              disabled: !isSaved,
              disabledReason: "Save the query first.",
            },
            { id: "delete", text: "Delete saved query", disabled: !isSaved, disabledReason: "It is not saved." },
            { id: "close", text: "Close" },
          ]}
          onItemClick={({ detail }) => onMenu(detail.id as MenuItem)}
        />
        {isRunning ? (
          <Button onClick={onCancel} iconName="close">
            Cancel
          </Button>
        ) : (
          <Button variant="primary" onClick={onRun}>
            Run
            <span className={styles["key"]} aria-hidden="true">
              {modifier}↵
            </span>
          </Button>
        )}
      </div>
    </div>
  );
}

function commandOptions(model: Model | undefined, isLocal: boolean): SelectProps.Options {
  if (model === undefined) return [];
  const built = new Set(model.built);
  return grouped(model.commands).map(([label, commands]) => ({
    label,
    options: commands.map(({ name, writes }) => {
      const isMissing = isLocal && !built.has(name);
      const tag = isMissing ? "not in Pixii" : writes ? "writes" : undefined;
      return { value: name, label: name, ...(tag && { labelTag: tag }) };
    }),
  }));
}
