// What a test of a connection found, step by step.

import Icon from "@cloudscape-design/components/icon";
import type { Diagnosis } from "../api.ts";
import styles from "./connections.module.css";

const icons = { passed: "status-positive", failed: "status-negative", skipped: "status-pending" } as const;

/** Causes as they are named in the API, for people. */
const causes: Partial<Record<string, string>> = {
  Dns: "The host's name is not known",
  Connect: "No connection to the host",
  Tls: "No secure connection",
  Key: "The access key is not known",
  Signature: "The secret access key is wrong",
  Clock: "The clocks differ too much",
  Region: "The Region is wrong",
  Permission: "The permission is missing",
  NotDynamoDb: "Something else answers there",
  TimeOut: "No answer in time",
  Profile: "The profile cannot be used",
  Role: "The role cannot be assumed",
};

export function DiagnosisView({ diagnosis }: { diagnosis: Diagnosis }) {
  const { isOk, summary, cause, fix, steps } = diagnosis;
  return (
    <div className={styles["diagnosis"]} data-is-ok={isOk} role="status" aria-label="Result of the test">
      <p className={styles["verdict"]}>
        <strong>{isOk ? "It works" : (causes[cause ?? ""] ?? "It does not work")}</strong>
        {cause !== null && <code>{cause}</code>}
      </p>
      <p>{summary}</p>
      {fix !== null && <p className={styles["fix"]}>{fix}</p>}
      <ol>
        {steps.map(({ name, state, text }) => (
          <li key={name} data-state={state}>
            <Icon name={icons[state]} size="small" ariaLabel={state} />
            <strong>{name}</strong>
            <span>{text === "" && state === "skipped" ? "not tried" : text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
