// Items into a file.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call, send, type ItemFormat } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import type { Item } from "../values.ts";
import { ScopeField } from "./Fields.tsx";
import { formatOf, formats, type FileFormat } from "./formats.ts";
import { pagesOf, scopeOptions, type ScopeId, type Scopes } from "./scope.ts";
import { useJob } from "./useJob.ts";

/** The most that is asked of the server at once, in characters. */
const PART_MAX = 8 * 1024 * 1024;

export function ExportDialog({ table, scopes, onClose }: { table: string; scopes: Scopes; onClose: () => void }) {
  const { place } = usePlace();
  const options = scopeOptions(scopes);
  const [scope, setScope] = useState<ScopeId>(options[0]?.value ?? "loaded");
  const [format, setFormat] = useState<ItemFormat>("jsonl");
  const job = useJob<number>();

  const start = () =>
    job.start(async (onProgress, signal) => {
      const form = formatOf(format);
      const file = new FileOf(form);
      let items = 0;
      const ask = (command: string, request: object) => send(place, command, request, { signal });
      for await (const page of pagesOf(scope, scopes, ask)) {
        await file.add(page, signal);
        items += page.length;
        onProgress(items);
      }
      download(await file.finish(signal), `${table}.${form.extension}`);
    });
  const isRunning = job.state === "running";

  return (
    <Modal
      visible
      header="Export items"
      onDismiss={() => {
        if (!isRunning) onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={isRunning ? job.stop : onClose}>
              {isRunning ? "Stop" : "Close"}
            </Button>
            <Button variant="primary" loading={isRunning} onClick={start}>
              Export
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
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
      </SpaceBetween>
    </Modal>
  );
}

function told(state: string, items: number): string {
  const count = `${items.toLocaleString("en")} ${items === 1 ? "item" : "items"}`;
  if (state === "running") return `Reading: ${count} so far…`;
  if (state === "done") return `Exported ${count}.`;
  return state === "stopped" ? "Stopped. No file was made." : "";
}

/** A file in the making: lines part by part, anything else as a whole at the end. */
class FileOf {
  private readonly parts: string[] = [];
  private waiting: string[] = [];
  private length = 0;

  constructor(private readonly form: FileFormat) {}

  async add(items: Item[], signal: AbortSignal): Promise<void> {
    for (const item of items) {
      const text = JSON.stringify(item);
      if (this.length + text.length > PART_MAX) await this.format(signal);
      this.waiting.push(text);
      this.length += text.length + 1;
    }
  }

  async finish(signal: AbortSignal): Promise<Blob> {
    if (this.waiting.length > 0 || this.parts.length === 0) await this.format(signal);
    return new Blob(this.parts, { type: this.form.media });
  }

  private async format(signal: AbortSignal): Promise<void> {
    if (!this.form.isOfLines && this.parts.length > 0) {
      throw new Error(`${this.form.label} of so many items is made on the command line: pixii export.`);
    }
    const items = `[${this.waiting.join()}]`;
    const { text } = await call("FormatItems", { items, format: this.form.id }, signal);
    this.parts.push(text);
    this.waiting = [];
    this.length = 0;
  }
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
