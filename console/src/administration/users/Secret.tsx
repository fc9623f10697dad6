// A secret, which is told once.

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState, type ReactNode } from "react";
import { CopyButton } from "../../components/CopyButton.tsx";
import styles from "../administration.module.css";
import { Copied, Facts } from "../Facts.tsx";
import { environmentOf } from "./users.ts";

interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken?: string;
}

/** The parts of credentials, to copy. */
export function Secret({ credentials, more = [] }: { credentials: Credentials; more?: [string, ReactNode][] }) {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials;
  return (
    <SpaceBetween size="m">
      <Alert type="warning">The secret is shown now and never again. Keep it where only its user can read it.</Alert>
      <Facts
        facts={[
          ["Access key ID", <Copied key="id" text={AccessKeyId} label="Copy the access key ID" />, true],
          ["Secret access key", <Copied key="secret" text={SecretAccessKey} label="Copy the secret" />, true],
          [
            "Session token",
            SessionToken === undefined ? undefined : (
              <Copied key="token" text={SessionToken} label="Copy the session token" />
            ),
            true,
          ],
          ...more,
        ]}
      />
      <div className={styles["row"]}>
        <CopyButton text={environmentOf(credentials)} label="Copy as environment variables" />
        <span className={styles["muted"]}>all, as environment variables of a shell</span>
      </div>
    </SpaceBetween>
  );
}

/** Shows a new key until whoever made it says that it is kept. */
export function SecretDialog({
  title,
  credentials,
  action = "Close",
  children,
  onClose,
}: {
  title: string;
  credentials: Credentials;
  action?: string;
  children?: ReactNode;
  onClose: () => void;
}) {
  const [isKept, setIsKept] = useState(false);
  return (
    <Modal
      visible
      size="large"
      header={title}
      onDismiss={() => {
        if (isKept) onClose();
      }}
      footer={
        <Box float="right">
          <Button variant="primary" disabled={!isKept} onClick={onClose}>
            {action}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        <Secret credentials={credentials} />
        <Checkbox checked={isKept} onChange={({ detail }) => setIsKept(detail.checked)}>
          The secret is kept in a safe place
        </Checkbox>
      </SpaceBetween>
    </Modal>
  );
}
