// The request of the form as it is sent, and what it is likely to use.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call, type Explain } from "../api.ts";
import { usePlace } from "../app/place.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { CodeEditor } from "../components/editor/index.tsx";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { useLoad } from "../components/useLoad.ts";
import styles from "./items.module.css";
import type { Asked } from "./useItems.ts";

export function RequestDialog({
  asked,
  onClose,
  onOpen,
}: {
  asked: Asked;
  onClose: () => void;
  onOpen: (command: string, text: string) => void;
}) {
  const { place } = usePlace();
  const { command } = asked;
  const [text] = useState(() => JSON.stringify(asked.body, null, 2));
  const prepared = useLoad(text, (signal) => call("Prepare", { place, command, text, mode: "typed" }, signal));
  const explain = prepared.value?.explain ?? null;
  return (
    <Modal
      visible
      size="large"
      header={`${command} request`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <CopyButton text={text} label="Copy the request" />
            <Button variant="primary" onClick={() => onOpen(command, text)}>
              Open in query editor
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <div className={styles["split"]}>
        {prepared.error !== undefined && <ErrorBox error={prepared.error} />}
        {prepared.value?.problems.map(({ code, message }) => (
          <p key={code + message} className={styles["error"]}>
            {message}
          </p>
        ))}
        {explain !== null && <Explanation explain={explain} />}
        <CodeEditor label="Request" value={text} isReadOnly maxHeight="360px" />
      </div>
    </Modal>
  );
}

function Explanation({ explain }: { explain: Explain }) {
  const { summary, lines, readUnits } = explain;
  return (
    <section aria-label="What it does">
      <h3>{summary}</h3>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
      {readUnits !== null && readUnits !== undefined && (
        <div>
          {readUnits.low === readUnits.high ? readUnits.low : `${readUnits.low} to ${readUnits.high}`} read units
          expected
        </div>
      )}
    </section>
  );
}
