// Global tables of version 2017.11.29: the groups, and the settings of each.

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import TextContent from "@cloudscape-design/components/text-content";
import { useState } from "react";
import { send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { useLoad } from "../../components/useLoad.ts";
import { FormDialog } from "../FormDialog.tsx";
import { ListTable, type Column } from "../ListTable.tsx";
import { RegionField } from "../RegionField.tsx";
import { nameFault } from "../tables/draft.ts";
import { TextButton } from "../TextButton.tsx";
import { useChange } from "../useChange.ts";
import { LegacyDialog } from "./LegacyDialog.tsx";

export interface LegacyTable {
  GlobalTableName: string;
  ReplicationGroup: { RegionName: string }[];
}

export function LegacyTables() {
  const { place } = usePlace();
  const [shown, setShown] = useState<string | null>(null);
  const [isCreating, setIsCreating] = useState(false);
  const { value, error, isLoading, reload } = useLoad(`${placeKey(place)} legacy`, async (signal) => {
    const tables: LegacyTable[] = [];
    let start: unknown;
    do {
      const request = start === undefined ? {} : { ExclusiveStartGlobalTableName: start };
      const reply = await send(place, "ListGlobalTables", request, { signal });
      tables.push(...(reply["GlobalTables"] as LegacyTable[]));
      start = reply["LastEvaluatedGlobalTableName"];
    } while (start !== undefined);
    return tables;
  });
  const columns: Column<LegacyTable>[] = [
    {
      id: "name",
      header: "Global table",
      minWidth: 150,
      by: ({ GlobalTableName }) => GlobalTableName,
      cell: ({ GlobalTableName }) => (
        <Link
          onFollow={(event) => {
            event.preventDefault();
            setShown(GlobalTableName);
          }}
        >
          {GlobalTableName}
        </Link>
      ),
    },
    {
      id: "regions",
      header: "Regions",
      minWidth: 220,
      cell: ({ ReplicationGroup }) => ReplicationGroup.map(({ RegionName }) => RegionName).join(", "),
    },
    {
      id: "actions",
      header: "Actions",
      minWidth: 110,
      cell: ({ GlobalTableName }) => (
        <TextButton ariaLabel={`Settings of ${GlobalTableName}`} onClick={() => setShown(GlobalTableName)}>
          Settings
        </TextButton>
      ),
    },
  ];
  return (
    <>
      <ListTable
        title="Version 2017.11.29"
        items={value}
        columns={columns}
        trackBy={({ GlobalTableName }) => GlobalTableName}
        searched={({ GlobalTableName }) => GlobalTableName}
        search="Find a global table"
        noun="table"
        isLoading={isLoading}
        error={error}
        again={reload}
        actions={<Button onClick={() => setIsCreating(true)}>Join tables</Button>}
        empty={<p>There are none.</p>}
      />
      {shown !== null && <LegacyDialog name={shown} onClose={() => setShown(null)} onChanged={reload} />}
      {isCreating && <JoinDialog onClose={() => setIsCreating(false)} onJoined={reload} />}
    </>
  );
}

function JoinDialog({ onClose, onJoined }: { onClose: () => void; onJoined: () => void }) {
  const { region } = usePlace();
  const [name, setName] = useState("");
  const [other, setOther] = useState("");
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy, error } = useChange();
  const fault = nameFault(name);
  const join = async () => {
    setWasTried(true);
    if (fault !== undefined || other === "") return;
    const request = {
      GlobalTableName: name,
      ReplicationGroup: [{ RegionName: region }, { RegionName: other }],
    };
    const options = { said: `${name} is one table in ${region} and ${other}.`, inPlace: true };
    if ((await change("CreateGlobalTable", request, options)) === undefined) return;
    onJoined();
    onClose();
  };
  return (
    <FormDialog
      title="Join tables"
      action="Join tables"
      onClose={onClose}
      onSubmit={() => void join()}
      isBusy={isBusy}
      error={error}
    >
      <TextContent>
        <p>The table has to be there in both Regions</p>
        <ul>
          <li>empty, with the same keys, indexes and write capacity,</li>
          <li>with a stream that shows new and old images.</li>
        </ul>
      </TextContent>
      <FormField label="Table name" errorText={wasTried ? fault : undefined}>
        <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value.trim())} />
      </FormField>
      <RegionField
        label={`Region besides ${region}`}
        value={other}
        fault={wasTried && other === "" ? "Enter a Region." : undefined}
        onChange={setOther}
      />
    </FormDialog>
  );
}
