// All backups, and from where a table is restored.

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useGo } from "../../app/navigate.ts";
import { PageFrame } from "../../components/PageFrame.tsx";
import { useTableNames } from "../../components/tables.ts";
import { BackupList } from "./BackupList.tsx";
import { noFilter, type BackupFilter } from "./backups.ts";
import styles from "./backups.module.css";
import { read } from "./moment.ts";

const types: { value: BackupFilter["type"]; label: string }[] = [
  { value: "ALL", label: "All types" },
  { value: "USER", label: "On demand" },
  { value: "SYSTEM", label: "System" },
  { value: "AWS_BACKUP", label: "AWS Backup" },
];

export default function BackupsPage() {
  const [filter, setFilter] = useState<BackupFilter>(noFilter);
  const [times, setTimes] = useState({ from: "", until: "" });
  const names = useTableNames();
  const go = useGo();
  const tables = [{ value: "", label: "All tables" }, ...(names.value ?? []).map((value) => ({ value, label: value }))];
  const setTime = (side: "from" | "until", text: string) => {
    setTimes((now) => ({ ...now, [side]: text }));
    const seconds = read(text, "local");
    if (text.trim() === "" || seconds !== undefined) setFilter((now) => ({ ...now, [side]: seconds }));
  };
  const isWrong = (text: string) => text.trim() !== "" && read(text, "local") === undefined;
  return (
    <PageFrame
      isWide
      title="Backups"
      description="A backup is a table as it was at one moment, and outlives the table. It is taken while the table is used."
      actions={<Button onClick={() => go("/backups/restore")}>Restore to a point in time</Button>}
    >
      <BackupList
        filter={filter}
        controls={
          <div className={styles["filters"]}>
            <FormField label="Table">
              <Select
                expandToViewport
                selectedOption={tables.find(({ value }) => value === filter.table) ?? null}
                options={tables}
                filteringType={tables.length > 10 ? "auto" : "none"}
                filteringAriaLabel="Find a table"
                onChange={({ detail }) => setFilter({ ...filter, table: detail.selectedOption.value ?? "" })}
              />
            </FormField>
            <FormField label="Type">
              <Select
                expandToViewport
                selectedOption={types.find(({ value }) => value === filter.type) ?? null}
                options={types}
                onChange={({ detail }) =>
                  setFilter({ ...filter, type: detail.selectedOption.value as BackupFilter["type"] })
                }
              />
            </FormField>
            {(["from", "until"] as const).map((side) => (
              <FormField
                key={side}
                label={side === "from" ? "From" : "Until"}
                errorText={isWrong(times[side]) ? "Enter a date." : undefined}
              >
                <Input
                  value={times[side]}
                  placeholder="2026-11-28 06:00"
                  onChange={({ detail }) => setTime(side, detail.value)}
                />
              </FormField>
            ))}
          </div>
        }
      />
    </PageFrame>
  );
}
