// Items into another table, here or over another connection.

import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { call, Refusal, send, type Connection, type Place } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { isRegion } from "../../app/regions.ts";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { forgetTables, type TableDescription } from "../../components/tables.ts";
import { keyNames, keysOf } from "../keys.ts";
import { ExistingField, ScopeField } from "./Fields.tsx";
import { useWriter } from "../useWriter.ts";
import { Progress } from "./Progress.tsx";
import { pagesOf, scopeOptions, type ScopeId, type Scopes } from "./scope.ts";
import { TransferDialog } from "./TransferDialog.tsx";
import { useJob } from "./useJob.ts";
import { nothingWritten, writeAll, type Target, type Written } from "./write.ts";

export function CopyDialog({ table, scopes, onClose }: { table: string; scopes: Scopes; onClose: () => void }) {
  const { place, region: here, connection: current, connections } = usePlace();
  const writer = useWriter();
  const [connection, setConnection] = useState<Connection>(current);
  const [region, setRegion] = useState(here);
  const [name, setName] = useState("");
  const [creates, setCreates] = useState(false);
  const options = scopeOptions(scopes);
  const [scope, setScope] = useState<ScopeId>(options[0]?.value ?? "loaded");
  const [existing, setExisting] = useState<Target["existing"]>("replace");
  const [notes, setNotes] = useState<string[]>([]);
  const job = useJob<Written>();
  const isRunning = job.state === "running";
  const to: Place = { ...(connection.id === place.connection && place), connection: connection.id, region };
  const isHere = connection.id === place.connection && region === here && name === table;
  const isReady = isRegion(region) && name.trim() !== "" && !isHere;

  const start = () =>
    job.start(async (onProgress, signal) => {
      setNotes([]);
      const ask = await writer(to, `Copy items to ${name}`, signal);
      let described = await describeTable(to, name, signal);
      if (described === null) {
        if (!creates) throw new Error(`There is no table “${name}” there. It can be created on the way.`);
        const { notTaken } = await call(
          "CreateLike",
          { place, table, to, name, isConfirmed: connection.asksBeforeWriting },
          signal,
        );
        setNotes(notTaken);
        forgetTables();
        described = await describeTable(to, name, signal);
      }
      if (described === null) throw new Error(`The table “${name}” went away again.`);
      const target = { table: name, keys: keyNames(keysOf(described, null)), existing };
      const read = (command: string, request: object) => send(place, command, request, { signal });
      await writeAll(ask, target, pagesOf(scope, scopes, read), onProgress, signal);
    });

  return (
    <TransferDialog
      header={`Copy items of ${table}`}
      action={{ label: "Copy", isReady, isRunning, start }}
      onStop={job.stop}
      onClose={onClose}
    >
      <ScopeField options={options} value={scope} onChange={setScope} />
      {isPartial(scopes.asked) && (
        <Alert type="warning">
          The request may return a part of each item, and only that is copied. Scan the table itself for whole items.
        </Alert>
      )}
      {connections.length > 1 && (
        <FormField label="To connection">
          <Select
            selectedOption={option(connection)}
            options={connections.map(option)}
            onChange={({ detail }) => {
              const chosen = connections.find(({ id }) => id === detail.selectedOption.value);
              if (chosen === undefined) return;
              setConnection(chosen);
              setRegion(chosen.region);
            }}
          />
        </FormField>
      )}
      <FormField label="To Region" errorText={isRegion(region) ? undefined : "This is no name of a Region."}>
        <Input value={region} spellcheck={false} onChange={({ detail }) => setRegion(detail.value)} />
      </FormField>
      <FormField label="To table" errorText={isHere ? "The items are there already." : undefined}>
        <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <Checkbox checked={creates} onChange={({ detail }) => setCreates(detail.checked)}>
        {`If there is none, create it with keys, indexes and settings as ${table} has them`}
      </Checkbox>
      <ExistingField value={existing} onChange={setExisting} />
      {notes.map((note) => (
        <p key={note}>Not taken over: {note}.</p>
      ))}
      {job.state !== "idle" && (
        <Progress
          written={job.progress ?? nothingWritten}
          total={scope === "all" ? null : scopes[scope].length}
          isRunning={isRunning}
        />
      )}
      {job.state === "failed" && <ErrorBox error={job.error} />}
    </TransferDialog>
  );
}

/** Whether a request may leave attributes out. */
const isPartial = (asked: Scopes["asked"]): boolean =>
  asked !== null && ("ProjectionExpression" in asked.body || "IndexName" in asked.body);

const option = ({ id, name, endpoint, isReadOnly }: Connection) => ({
  value: id,
  label: name,
  description: endpoint ?? "",
  disabled: isReadOnly,
});

async function describeTable(place: Place, name: string, signal: AbortSignal): Promise<TableDescription | null> {
  try {
    const reply = await send(place, "DescribeTable", { TableName: name }, { signal });
    return reply["Table"] as TableDescription;
  } catch (error) {
    if (error instanceof Refusal && error.exception === "ResourceNotFoundException") return null;
    throw error;
  }
}
