import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useTableNames } from "../../components/tables.ts";
import { FormDialog } from "../FormDialog.tsx";
import { nameFault } from "../tables/draft.ts";
import { useChange } from "../useChange.ts";
import { backupName } from "./backups.ts";

/** Backs up one table, which goes on being used. */
export function CreateBackup({
  table: given,
  onClose,
  onCreated,
}: {
  table?: string;
  onClose: () => void;
  onCreated: () => void;
}) {
  const names = useTableNames();
  const [table, setTable] = useState(given ?? "");
  const [now] = useState(Date.now);
  const [typed, setTyped] = useState<string | null>(null);
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy, error } = useChange();
  const name = typed ?? (table === "" ? "" : backupName(table, now));
  const fault = nameFault(name);
  const create = async () => {
    setWasTried(true);
    if (table === "" || fault !== undefined) return;
    const request = { TableName: table, BackupName: name };
    const options = { said: `The backup ${name} is being made.`, inPlace: true };
    if ((await change("CreateBackup", request, options)) === undefined) return;
    onCreated();
    onClose();
  };
  return (
    <FormDialog
      title="Create backup"
      action="Create backup"
      onClose={onClose}
      onSubmit={() => void create()}
      isBusy={isBusy}
      error={error}
    >
      {given === undefined && (
        <FormField label="Table" errorText={wasTried && table === "" ? "Choose a table." : undefined}>
          <Select
            selectedOption={table === "" ? null : { value: table }}
            options={(names.value ?? []).map((value) => ({ value }))}
            statusType={names.isLoading ? "loading" : names.error !== undefined ? "error" : "finished"}
            filteringType="auto"
            filteringAriaLabel="Find a table"
            placeholder="Choose a table"
            loadingText="Loading tables"
            errorText="The tables could not be listed."
            empty="There are no tables."
            onChange={({ detail }) => setTable(detail.selectedOption.value ?? "")}
          />
        </FormField>
      )}
      <FormField label="Backup name" errorText={wasTried ? fault : undefined}>
        <Input value={name} spellcheck={false} onChange={({ detail }) => setTyped(detail.value.trim())} />
      </FormField>
    </FormDialog>
  );
}
