// Items from a file, or from what was pasted.

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FileInput from "@cloudscape-design/components/file-input";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import { call, type ItemFormat } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import styles from "../items.module.css";
import { useWriter } from "../useWriter.ts";
import { short, type Item } from "../values.ts";
import { ExistingField } from "./Fields.tsx";
import { formatOfFile, formats } from "./formats.ts";
import { Progress } from "./Progress.tsx";
import { useJob } from "./useJob.ts";
import { nothingWritten, writeAll, type Target, type Written } from "./write.ts";

/** The longest file that is read here, in bytes: the server takes 16 MiB at once, and quotes take room. */
const FILE_MAX = 7 * 1024 * 1024;
const SHOWN = 5;

interface Parsed {
  items: Item[];
  problems: { line: number; message: string }[];
}

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
  const [parsed, setParsed] = useState<Parsed | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isReading, setIsReading] = useState(false);
  const job = useJob<Written>();
  const isRunning = job.state === "running";

  // What is read belongs to what was given when the reading began.
  const round = useRef(0);
  const change = (next: { text?: string; file?: File | null; format?: ItemFormat }) => {
    round.current += 1;
    if (!isRunning) job.reset();
    setIsReading(false);
    setParsed(null);
    setError(null);
    if (next.text !== undefined) setText(next.text);
    if (next.file !== undefined) setFile(next.file);
    if (next.format !== undefined) setFormat(next.format);
  };
  const read = async () => {
    const mine = round.current;
    setIsReading(true);
    setError(null);
    try {
      if (file !== null && file.size > FILE_MAX) {
        throw new Error(
          `The file is too long for the browser. On the command line: pixii import ${file.name} --table ${table}`,
        );
      }
      const given = file === null ? text : await file.text();
      const { items, problems } = await call("ParseItems", { text: given, format, place, table });
      // Typed items: every number in them is a string.
      if (round.current === mine) setParsed({ items: JSON.parse(items) as Item[], problems });
    } catch (fault) {
      if (round.current === mine) setError(fault);
    } finally {
      if (round.current === mine) setIsReading(false);
    }
  };
  const start = (items: Item[]) =>
    job.start(async (onProgress, signal) => {
      const ask = await writer(place, `Import ${items.length} items`, signal);
      const tell = (written: Written) => {
        setHasWritten((before) => before || written.written > 0);
        onProgress(written);
      };
      await writeAll(ask, { table, keys, existing }, items, tell, signal);
    });
  const [hasWritten, setHasWritten] = useState(false);
  const close = () => onClose(hasWritten);
  const isOver = job.state === "done" || job.state === "stopped" || job.state === "failed";

  return (
    <Modal
      visible
      size="large"
      header={`Import items into ${table}`}
      onDismiss={() => {
        if (!isRunning) close();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={isRunning ? job.stop : close}>
              {isRunning ? "Stop" : "Close"}
            </Button>
            {parsed === null || isOver ? (
              <Button
                variant="primary"
                disabled={isOver || (file === null && text.trim() === "")}
                loading={isReading}
                onClick={() => void read()}
              >
                Read
              </Button>
            ) : (
              <Button
                variant="primary"
                disabled={parsed.items.length === 0}
                loading={isRunning}
                onClick={() => start(parsed.items)}
              >
                {`Import ${parsed.items.length.toLocaleString("en")} ${parsed.items.length === 1 ? "item" : "items"}`}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
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
            onChange={({ detail }) => change({ format: detail.selectedOption.value as ItemFormat })}
          />
        </FormField>
        <ExistingField value={existing} onChange={setExisting} />
        {error !== null && <ErrorBox error={error} />}
        {parsed !== null && <Found parsed={parsed} />}
        {(isRunning || isOver) && (
          <Progress
            written={job.progress ?? nothingWritten}
            total={parsed?.items.length ?? null}
            isRunning={isRunning}
          />
        )}
        {job.state === "failed" && <ErrorBox error={job.error} />}
      </SpaceBetween>
    </Modal>
  );
}

function option(id: ItemFormat) {
  const found = formats.find((each) => each.id === id);
  return { value: id, label: found?.label ?? id, description: found?.description ?? "" };
}

/** What was read, before it is written. */
function Found({ parsed: { items, problems } }: { parsed: Parsed }) {
  return (
    <>
      {problems.length > 0 && (
        <Alert
          type="warning"
          header={problems.length === 1 ? "A line is no item" : `${problems.length} lines are no items`}
        >
          <ul className={styles["refused"]}>
            {problems.slice(0, SHOWN).map(({ line, message }) => (
              <li key={line}>{`Line ${line}: ${message}`}</li>
            ))}
          </ul>
        </Alert>
      )}
      <section aria-label="Read">
        <p>{`${items.length.toLocaleString("en")} ${items.length === 1 ? "item" : "items"} read${items.length > SHOWN ? ", the first of which are" : ""}`}</p>
        <ul className={styles["refused"]}>
          {items.slice(0, SHOWN).map((item, index) => (
            <li key={index}>
              <code>{short({ M: item })}</code>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
