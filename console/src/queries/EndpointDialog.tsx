// A saved query as an HTTP endpoint. Its token is shown once: the server keeps only what proves it.

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call, type SavedQuery } from "../api.ts";
import { useConfirm } from "../app/confirm.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { curlExample, fetchExample } from "./endpoint.ts";
import styles from "./queries.module.css";

export function EndpointDialog({
  query,
  onClose,
  onChanged,
}: {
  query: SavedQuery;
  onClose: () => void;
  onChanged: (query: SavedQuery) => void;
}) {
  const confirm = useConfirm();
  const [token, setToken] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const { endpoint } = query;
  const attempt = async (action: () => Promise<void>) => {
    setIsBusy(true);
    setError(null);
    try {
      await action();
    } catch (fault) {
      setError(fault);
    }
    setIsBusy(false);
  };
  const create = () =>
    attempt(async () => {
      const made = await call("CreateEndpoint", { id: query.id });
      setToken(made.token);
      onChanged(made.query);
    });
  const rotate = async () => {
    const body = "The token that is in use now stops working at once.";
    if (await confirm({ title: "Make a new token?", body, action: "Make a new token" })) await create();
  };
  const remove = async () => {
    const body = "Whoever calls it gets an error from then on.";
    if (!(await confirm({ title: "Delete this endpoint?", body, action: "Delete endpoint" }))) return;
    await attempt(async () => {
      const changed = await call("DeleteEndpoint", { id: query.id });
      setToken(null);
      onChanged(changed.query);
    });
  };
  return (
    <Modal
      visible
      size="large"
      header={`HTTP endpoint of “${query.name}”`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {endpoint && (
              <Button disabled={isBusy} onClick={() => void remove()}>
                Delete endpoint
              </Button>
            )}
            {endpoint && (
              <Button disabled={isBusy} onClick={() => void rotate()}>
                New token
              </Button>
            )}
            {endpoint === null ? (
              <Button variant="primary" loading={isBusy} onClick={() => void create()}>
                Create endpoint
              </Button>
            ) : (
              <Button variant="primary" onClick={onClose}>
                Done
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== null && <ErrorBox error={error} />}
        {endpoint === null ? (
          <p className={styles["flush"]}>
            Anyone with the token can run this query, and nothing else, with parameters of their own. It acts as you,
            and ends with your access key.
          </p>
        ) : (
          <Examples query={query} endpoint={endpoint} token={token} />
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Examples({
  query,
  endpoint,
  token,
}: {
  query: SavedQuery;
  endpoint: NonNullable<SavedQuery["endpoint"]>;
  token: string | null;
}) {
  const url = window.location.origin + endpoint.path;
  const examples: [string, string][] = [
    ["curl", curlExample(url, token, query.parameters)],
    ["JavaScript", fetchExample(url, token, query.parameters)],
  ];
  return (
    <SpaceBetween size="m">
      {token !== null && (
        <Alert
          type="success"
          header="Copy the token now: it is not shown again"
          action={<CopyButton text={token} label="Copy the token" />}
        >
          <code className={styles["token"]}>{token}</code>
        </Alert>
      )}
      <dl className={styles["facts"]}>
        <div>
          <dt>Address</dt>
          <dd>
            <code>POST {url}</code> <CopyButton isIcon text={url} label="Copy the address" />
          </dd>
        </div>
        <div>
          <dt>Acts as</dt>
          <dd>{endpoint.actsAs}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{new Date(endpoint.createdMs).toLocaleString()}</dd>
        </div>
      </dl>
      {examples.map(([name, text]) => (
        <div key={name} className={styles["example"]}>
          <header>
            <h3>{name}</h3>
            <CopyButton isIcon text={text} label={`Copy the ${name} example`} />
          </header>
          <pre>{text}</pre>
        </div>
      ))}
    </SpaceBetween>
  );
}
