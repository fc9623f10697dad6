// Items from a file, or from what was pasted.

import Alert from "@cloudscape-design/components/alert";
import FileInput from "@cloudscape-design/components/file-input";
import FormField from "@cloudscape-design/components/form-field";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { ItemFormat, LineProblem } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import styles from "../items.module.css";
import { useWriter } from "../useWriter.ts";
import { itemCount, short, type Item } from "../values.ts";
import { ExistingField } from "./Fields.tsx";
import { formatOfFile, formats } from "./formats.ts";
import { readParts, type ItemsPart, type Source } from "./parts.ts";
import { Progress } from "./Progress.tsx";
import { TransferDialog } from "./TransferDialog.tsx";
import { useJob } from "./useJob.ts";
import { nothingWritten, writeAll, type Target, type Written } from "./write.ts";

/** So many items and lines that are none are shown. */
const SHOWN = 5;

/** What a file holds, as far as it is read. */
interface Found {
  items: number;
  first: Item[];
  problems: number;
  firstProblems: LineProblem[];
  /** How much of it is read, in bytes. */
  bytes: number;
}

const nothingFound: Found = { items: 0, first: [], problems: 0, firstProblems: [], bytes: 0 };

const withPart = (found: Found, { items, problems, bytes }: ItemsPart): Found => ({
  items: found.items + items.length,
  first: [...found.first, ...items.slice(0, SHOWN)].slice(0, SHOWN),
  problems: found.problems + problems.length,
  firstProblems: [...found.firstProblems, ...problems.slice(0, SHOWN)].slice(0, SHOWN),
  bytes,
});

export function ImportDialog({
  table,
  keys,
  onClose,
}: {
  table: string;
  keys: string[];
  /** Told whether anything was written. */
  onClose: (hasWritten: boolean) => void;
}) {
  const { place } = usePlace();
  const writer = useWriter();
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState<ItemFormat>("jsonl");
  const [existing, setExisting] = useState<Target["existing"]>("replace");
  const reading = useJob<Found>();
  const writing = useJob<Written>();
  const isReading = reading.state === "running";
  const isWriting = writing.state === "running";
  const source = (): Source => ({ file: file ?? new Blob([text]), format, place, table });

  // What is read belongs to what was given when the reading began.
  const change = (next: { text?: string; file?: File | null; format?: ItemFormat }) => {
    if (isWriting) return;
    reading.reset();
    writing.reset();
    if (next.text !== undefined) setText(next.text);
    if (next.file !== undefined) setFile(next.file);
    if (next.format !== undefined) setFormat(next.format);
  };
  const read = () =>
    reading.start(async (onProgress, signal) => {
      let found = nothingFound;
      for await (const part of readParts(source(), signal)) {
        found = withPart(found, part);
        onProgress(found);
      }
    });
  const write = ({ items }: Found) =>
    writing.start(async (onProgress, signal) => {
      const ask = await writer(place, `Import ${itemCount(items)}`, signal);
      const tell = (written: Written) => {
        setHasWritten((before) => before || written.written > 0);
        onProgress(written);
      };
      await writeAll(ask, { table, keys, existing }, pagesOf(source(), signal), tell, signal);
    });
  const [hasWritten, setHasWritten] = useState(false);
  const close = () => onClose(hasWritten);
  const isOver = writing.state !== "idle" && !isWriting;
  const stop = () => {
    reading.stop();
    writing.stop();
  };
  const found = reading.state === "done" ? reading.progress : null;
  const reads = {
    label: "Read",
    isReady: !isOver && (file !== null || text.trim() !== ""),
    isRunning: isReading,
    start: read,
  };
  const writes = (found: Found) => ({
    label: `Import ${itemCount(found.items)}`,
    isReady: found.items > 0,
    isRunning: isWriting,
    start: () => write(found),
  });

  return (
    <TransferDialog
      header={`Import items into ${table}`}
      size="large"
      action={found === null || isOver ? reads : writes(found)}
      onStop={stop}
      onClose={close}
    >
      <FormField label="File" description={file?.name ?? "Or paste items below."}>
        <FileInput
          value={file === null ? [] : [file]}
          accept=".csv,.json,.jsonl,.ndjson"
          ariaLabel="File"
          onChange={({ detail }) => {
            const chosen = detail.value[0] ?? null;
            const promised = chosen === null ? null : formatOfFile(chosen.name);
            change({ file: chosen, ...(promised !== null && { format: promised }) });
          }}
        >
          Choose file
        </FileInput>
      </FormField>
      {file === null && (
        <FormField label="Items" stretch>
          <Textarea
            value={text}
            rows={6}
            disabled={isWriting}
            spellcheck={false}
            placeholder={'{"id": "a", "count": 5}'}
            onChange={({ detail }) => change({ text: detail.value })}
          />
        </FormField>
      )}
      <FormField label="Format">
        <Select
          selectedOption={option(format)}
          options={formats.map(({ id }) => option(id))}
          disabled={isWriting}
          onChange={({ detail }) => change({ format: detail.selectedOption.value as ItemFormat })}
        />
      </FormField>
      <ExistingField value={existing} onChange={setExisting} />
      {isReading && file !== null && (
        <ProgressBar
          ariaLabel="Read"
          value={(100 * (reading.progress ?? nothingFound).bytes) / Math.max(1, file.size)}
          additionalInfo={`${itemCount((reading.progress ?? nothingFound).items)} so far…`}
        />
      )}
      {reading.state === "failed" && <ErrorBox error={reading.error} />}
      {found !== null && <Read found={found} />}
      {(isWriting || isOver) && (
        <Progress written={writing.progress ?? nothingWritten} total={found?.items ?? null} isRunning={isWriting} />
      )}
      {writing.state === "failed" && <ErrorBox error={writing.error} />}
    </TransferDialog>
  );
}

function option(id: ItemFormat) {
  const found = formats.find((each) => each.id === id);
  return { value: id, label: found?.label ?? id, description: found?.description ?? "" };
}

/** The items of a file, to be written as they are read. */
async function* pagesOf(source: Source, signal: AbortSignal): AsyncGenerator<Item[]> {
  for await (const { items } of readParts(source, signal)) yield items;
}

/** What was read, before it is written. */
function Read({ found: { items, first, problems, firstProblems } }: { found: Found }) {
  return (
    <>
      {problems > 0 && (
        <Alert
          type="warning"
          header={problems === 1 ? "A line is no item" : `${problems.toLocaleString("en")} lines are no items`}
        >
          <ul className={styles["refused"]}>
            {firstProblems.map(({ line, message }) => (
              <li key={line}>{`Line ${line}: ${message}`}</li>
            ))}
          </ul>
        </Alert>
      )}
      <section aria-label="Read">
        <p>{`${itemCount(items)} read${items > SHOWN ? ", the first of which are" : ""}`}</p>
        <ul className={styles["refused"]}>
          {first.map((item, index) => (
            <li key={index}>
              <code>{short({ M: item })}</code>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
