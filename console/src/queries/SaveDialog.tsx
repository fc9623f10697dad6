// A query's name and settings.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { SavedQuery } from "../api.ts";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { parameterNames } from "./body/tree.ts";
import styles from "./queries.module.css";
import { TIMEOUT_MS, titleOf, type QueryTab } from "./tabs.ts";

export type Settings = Pick<QueryTab, "runOnLoad" | "asksBeforeRunning" | "timeoutMs" | "parameters">;

export function SaveDialog({
  tab,
  saves,
  onClose,
  onDone,
}: {
  tab: QueryTab;
  /** Whether it is saved under a name, or only set for this tab. */
  saves: boolean;
  onClose: () => void;
  /** Throws where it cannot be saved, which shows here. */
  onDone: (name: string, settings: Settings) => Promise<void>;
}) {
  const [name, setName] = useState(tab.name ?? titleOf(tab));
  const [seconds, setSeconds] = useState(String(tab.timeoutMs / 1000));
  const [runOnLoad, setRunOnLoad] = useState(tab.runOnLoad);
  const [asks, setAsks] = useState(tab.asksBeforeRunning);
  const [parameters, setParameters] = useState(() => parametersOf(tab));
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const timeoutMs = Math.round(Number(seconds) * 1000);
  const isTimeoutFine = 0 < timeoutMs && timeoutMs <= TIMEOUT_MS.max;
  const isReady = isTimeoutFine && (!saves || name.trim() !== "");

  const done = async () => {
    if (!isReady) return;
    setIsBusy(true);
    try {
      await onDone(name.trim(), { runOnLoad, asksBeforeRunning: asks, timeoutMs, parameters });
      onClose();
    } catch (fault) {
      setError(fault);
      setIsBusy(false);
    }
  };
  const change = (index: number, patch: Partial<SavedQuery["parameters"][number]>) =>
    setParameters((now) => now.map((parameter, at) => (at === index ? { ...parameter, ...patch } : parameter)));
  return (
    <Modal
      visible
      header={saves ? "Save query" : "Settings of this query"}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isReady} loading={isBusy} onClick={() => void done()}>
              {saves ? "Save" : "Use"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== null && <ErrorBox error={error} />}
        {saves && (
          <FormField label="Name">
            <Input
              value={name}
              autoFocus
              onChange={({ detail }) => setName(detail.value)}
              onKeyDown={({ detail }) => {
                if (detail.key === "Enter") void done();
              }}
            />
          </FormField>
        )}
        <FormField
          label="Time-out in seconds"
          errorText={isTimeoutFine ? undefined : `Between 1 and ${TIMEOUT_MS.max / 1000} seconds.`}
        >
          <Input
            value={seconds}
            type="number"
            inputMode="decimal"
            onChange={({ detail }) => setSeconds(detail.value)}
          />
        </FormField>
        <Checkbox checked={asks} onChange={({ detail }) => setAsks(detail.checked)}>
          Ask before running
        </Checkbox>
        {saves && (
          <Checkbox checked={runOnLoad} onChange={({ detail }) => setRunOnLoad(detail.checked)}>
            Run when it is opened
          </Checkbox>
        )}
        {parameters.length > 0 && (
          <fieldset className={styles["defaults"]}>
            <legend>Parameters</legend>
            {parameters.map(({ name: parameter, default: value, description }, index) => (
              <div key={parameter}>
                <FormField label={`${parameter}: default`}>
                  <Input
                    value={value ?? ""}
                    spellcheck={false}
                    onChange={({ detail }) => change(index, { default: detail.value || null })}
                  />
                </FormField>
                <FormField label={`${parameter}: description`}>
                  <Input
                    value={description ?? ""}
                    onChange={({ detail }) => change(index, { description: detail.value })}
                  />
                </FormField>
              </div>
            ))}
          </fieldset>
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** The parameters that the body has now, with what is known of them; a value that was typed is the first default. */
function parametersOf(tab: QueryTab): SavedQuery["parameters"] {
  return parameterNames(tab.text).map(
    (name) =>
      tab.parameters.find((parameter) => parameter.name === name) ?? {
        name,
        default: tab.values[name] || null,
        description: "",
      },
  );
}
