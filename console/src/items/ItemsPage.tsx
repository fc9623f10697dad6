// The items of a table: ask, look, change.

import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import Spinner from "@cloudscape-design/components/spinner";
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { PageFrame } from "../components/PageFrame.tsx";
import { useTable, useTableNames } from "../components/tables.ts";
import styles from "./items.module.css";
import { TableItems } from "./TableItems.tsx";

export default function ItemsPage() {
  const [search, setSearch] = useSearchParams();
  const names = useTableNames();
  const table = search.get("table");
  // The only table is chosen by itself, once: it stays when there are others.
  const only = table === null && names.value?.length === 1 ? names.value[0] : undefined;
  useEffect(() => {
    if (only !== undefined) setSearch({ table: only }, { replace: true });
  }, [only, setSearch]);
  const description = useTable(table);
  return (
    <PageFrame
      title="Items"
      isWide
      actions={
        <div className={styles["chooser"]}>
          <Select
            ariaLabel="Table"
            filteringType="auto"
            filteringAriaLabel="Find a table"
            placeholder="Choose a table"
            empty="No tables"
            statusType={names.isLoading ? "loading" : "finished"}
            loadingText="Loading tables"
            selectedOption={table === null ? null : { value: table, label: table }}
            options={(names.value ?? []).map((value) => ({ value, label: value }))}
            onChange={({ detail }) => setSearch({ table: detail.selectedOption.value ?? "" })}
          />
          <Button
            iconName="refresh"
            ariaLabel="Reload the tables"
            onClick={() => {
              names.reload();
            }}
          />
        </div>
      }
    >
      {names.error !== undefined && <ErrorBox error={names.error} again={names.reload} />}
      {description.error !== undefined && <ErrorBox error={description.error} again={description.reload} />}
      {table === null && only === undefined && names.value !== undefined && (
        <p className={styles["empty"]}>
          {names.value.length === 0 ? "There are no tables here yet." : "Choose a table to see its items."}
        </p>
      )}
      {table !== null && description.value === undefined && description.error === undefined && <Spinner size="large" />}
      {description.value !== undefined && <TableItems key={table} table={description.value} />}
    </PageFrame>
  );
}
