// Items into a file.

import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { send, type ItemFormat } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { itemCount } from "../values.ts";
import { ScopeField } from "./Fields.tsx";
import { formatOf, formats } from "./formats.ts";
import { FileWriter } from "./parts.ts";
import { pagesOf, scopeOptions, type ScopeId, type Scopes } from "./scope.ts";
import { TransferDialog } from "./TransferDialog.tsx";
import { useJob } from "./useJob.ts";

export function ExportDialog({ table, scopes, onClose }: { table: string; scopes: Scopes; onClose: () => void }) {
  const { place } = usePlace();
  const options = scopeOptions(scopes);
  const [scope, setScope] = useState<ScopeId>(options[0]?.value ?? "loaded");
  const [format, setFormat] = useState<ItemFormat>("jsonl");
  const job = useJob<number>();

  const start = () =>
    job.start(async (onProgress, signal) => {
      const file = new FileWriter(format);
      let items = 0;
      const ask = (command: string, request: object) => send(place, command, request, { signal });
      for await (const page of pagesOf(scope, scopes, ask)) {
        await file.add(page, signal);
        items += page.length;
        onProgress(items);
      }
      const { media, extension } = formatOf(format);
      download(await file.finish(media, signal), `${table}.${extension}`);
    });
  const isRunning = job.state === "running";

  return (
    <TransferDialog
      header="Export items"
      action={{ label: "Export", isReady: true, isRunning, start }}
      onStop={job.stop}
      onClose={onClose}
    >
      <ScopeField options={options} value={scope} onChange={setScope} />
      <FormField label="Format">
        <RadioGroup
          ariaLabel="Format"
          value={format}
          items={formats.map(({ id, label, description }) => ({ value: id, label, description }))}
          onChange={({ detail }) => setFormat(detail.value as ItemFormat)}
        />
      </FormField>
      <div role="status" aria-label="Export">
        {told(job.state, job.progress ?? 0)}
      </div>
      {job.state === "failed" && <ErrorBox error={job.error} />}
    </TransferDialog>
  );
}

function told(state: string, items: number): string {
  const count = itemCount(items);
  if (state === "running") return `Reading: ${count} so far…`;
  if (state === "done") return `Exported ${count}.`;
  return state === "stopped" ? "Stopped. No file was made." : "";
}

/** Has the browser save a file. */
function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
