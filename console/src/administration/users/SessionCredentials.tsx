// Credentials that end by themselves.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { CodeEditor } from "../../components/editor/index.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { time } from "../amounts.ts";
import { policyFault } from "../policies.ts";
import { Secret } from "./Secret.tsx";
import { useAdmin } from "./useAdmin.ts";

interface Granted {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: number;
}

const durations = [
  { value: "900", label: "15 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "43200", label: "12 hours" },
  { value: "129600", label: "36 hours" },
];

export function SessionCredentials({ isOpen }: { isOpen: boolean }) {
  const [duration, setDuration] = useState("3600");
  const [name, setName] = useState("");
  const [policy, setPolicy] = useState("");
  const [granted, setGranted] = useState<Granted | null>(null);
  const { administer, isBusy, error } = useAdmin();
  if (isOpen) {
    return (
      <Alert type="info" header="An open server needs none">
        Credentials for a while are given to users. Make the first one under Users.
      </Alert>
    );
  }
  const fault = policy.trim() === "" ? undefined : policyFault(policy);
  const begin = async () => {
    if (fault !== undefined) return;
    const body = {
      DurationSeconds: Number(duration),
      ...(name !== "" && { SessionName: name }),
      ...(policy.trim() !== "" && { PolicyDocument: policy }),
    };
    const reply = await administer("GetSessionToken", body, { inPlace: true });
    setGranted(reply === undefined ? null : (reply["Credentials"] as Granted));
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A key, a secret and a token with your permissions, or fewer. They end by themselves, and with the key that they come from."
          actions={
            <Button variant="primary" loading={isBusy} onClick={() => void begin()}>
              Get credentials
            </Button>
          }
        >
          Session credentials
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error !== null && <ErrorBox error={error} />}
        <FormField label="They end after">
          <Select
            selectedOption={durations.find(({ value }) => value === duration) ?? null}
            options={durations}
            onChange={({ detail }) => setDuration(detail.selectedOption.value ?? "3600")}
          />
        </FormField>
        <ExpandableSection headerText="Name and fewer permissions">
          <SpaceBetween size="m">
            <FormField label="Session name – optional" constraintText="Gives the session an ARN of its own.">
              <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value.trim())} />
            </FormField>
            <FormField
              label="Policy – optional"
              description="Only what it allows as well is allowed."
              errorText={fault}
              stretch
            >
              <CodeEditor
                label="Policy of the session"
                value={policy}
                onChange={setPolicy}
                language="json"
                minHeight="120px"
                maxHeight="320px"
              />
            </FormField>
          </SpaceBetween>
        </ExpandableSection>
        {granted !== null && <Secret credentials={granted} more={[["They end", time(granted.Expiration)]]} />}
      </SpaceBetween>
    </Container>
  );
}
