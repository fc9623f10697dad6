// Creating and changing a connection; it can be tested before it is saved.

import Autosuggest from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { call, type Connection, type ConnectionDraft, type Diagnosis } from "../api.ts";
import { regions } from "../app/regions.ts";
import { Choice } from "../components/Choice.tsx";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { useLoad } from "../components/useLoad.ts";
import styles from "./connections.module.css";
import { DiagnosisView } from "./DiagnosisView.tsx";
import { draftOf, emptyForm, faultsOf, formOf, type Faults, type Form } from "./draft.ts";

interface Fields {
  form: Form;
  faults: Faults;
  set: (change: Partial<Form>) => void;
  stored: Connection | null;
}

export function ConnectionDialog({
  stored,
  onClose,
  onSaved,
}: {
  stored: Connection | null;
  onClose: () => void;
  onSaved: (connection: Connection) => void;
}) {
  const isLocal = stored?.kind === "local";
  const [form, setForm] = useState<Form>(() => (stored === null ? emptyForm : formOf(stored)));
  const [wasTried, setWasTried] = useState(false);
  const [busy, setBusy] = useState<"save" | "test" | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [diagnosis, setDiagnosis] = useState<Diagnosis | null>(null);
  const found = isLocal ? {} : faultsOf(form, stored);
  const fields: Fields = {
    form,
    faults: wasTried ? found : {},
    stored,
    set: (change) => {
      setForm((now) => ({ ...now, ...change }));
      setDiagnosis(null);
    },
  };

  const attempt = async (what: "save" | "test", action: (draft: ConnectionDraft) => Promise<void>) => {
    setWasTried(true);
    if (Object.keys(found).length > 0) return;
    setBusy(what);
    setError(null);
    try {
      await action(isLocal ? { ...draftOf(form, stored), credentials: { kind: "caller" } } : draftOf(form, stored));
    } catch (fault) {
      setError(fault);
    }
    setBusy(null);
  };
  const test = () => attempt("test", async (draft) => setDiagnosis(await call("TestConnection", draft)));
  const save = () => attempt("save", async (draft) => onSaved((await call("SaveConnection", draft)).connection));
  return (
    <Modal
      visible
      size="medium"
      header={stored === null ? "Create connection" : `Edit ${stored.name}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {!isLocal && (
              <Button onClick={() => void test()} loading={busy === "test"} disabled={busy === "save"}>
                Test
              </Button>
            )}
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" onClick={() => void save()} loading={busy === "save"} disabled={busy === "test"}>
              {stored === null ? "Create" : "Save"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== null && <ErrorBox error={error} />}
        {!isLocal && (
          <div className={styles["fields"]}>
            <Where {...fields} />
            <Who {...fields} />
          </div>
        )}
        <Guards {...fields} />
        {diagnosis !== null && <DiagnosisView diagnosis={diagnosis} />}
      </SpaceBetween>
    </Modal>
  );
}

function Where({ form, faults, set }: Fields) {
  return (
    <>
      <FormField label="Name" errorText={faults.name}>
        <Input value={form.name} autoFocus onChange={({ detail }) => set({ name: detail.value })} />
      </FormField>
      <FormField label="Service">
        <Choice
          label="Service"
          value={form.service}
          options={[
            { id: "aws", text: "Amazon DynamoDB" },
            { id: "other", text: "Another endpoint" },
          ]}
          onChange={(service) => set({ service })}
        />
      </FormField>
      {form.service === "other" && (
        <FormField label="Endpoint" errorText={faults.endpoint}>
          <Input
            value={form.endpoint}
            placeholder="http://localhost:8000"
            inputMode="url"
            spellcheck={false}
            onChange={({ detail }) => set({ endpoint: detail.value })}
          />
        </FormField>
      )}
      <FormField label="Region" errorText={faults.region}>
        <Autosuggest
          value={form.region}
          options={regions.map(([value, description]) => ({ value, description }))}
          enteredTextLabel={(text) => `Use “${text}”`}
          onChange={({ detail }) => set({ region: detail.value })}
        />
      </FormField>
    </>
  );
}

function Who({ form, faults, set, stored }: Fields) {
  const profiles = useLoad(form.kind === "profile" ? "profiles" : null, (signal) => call("ListProfiles", {}, signal));
  const keeps = stored?.credentials.kind === "keys" ? "Empty keeps the stored one." : undefined;
  return (
    <>
      <FormField label="Credentials">
        <Choice
          label="Credentials"
          value={form.kind}
          options={[
            { id: "keys", text: "Access key" },
            { id: "profile", text: "Profile of the server" },
          ]}
          onChange={(kind) => set({ kind })}
        />
      </FormField>
      {form.kind === "keys" ? (
        <>
          <FormField label="AWS Access Key ID" errorText={faults.accessKeyId}>
            <Input
              value={form.accessKeyId}
              autoComplete="off"
              spellcheck={false}
              onChange={({ detail }) => set({ accessKeyId: detail.value })}
            />
          </FormField>
          <FormField label="AWS Secret Access Key" constraintText={keeps} errorText={faults.secretAccessKey}>
            <Input
              type="password"
              value={form.secretAccessKey}
              autoComplete="new-password"
              onChange={({ detail }) => set({ secretAccessKey: detail.value })}
            />
          </FormField>
          <FormField label="Session token" constraintText={keeps ?? "Only with temporary credentials."}>
            <Input
              type="password"
              value={form.sessionToken}
              autoComplete="new-password"
              onChange={({ detail }) => set({ sessionToken: detail.value })}
            />
          </FormField>
        </>
      ) : (
        <FormField
          label="Profile"
          constraintText="Of the AWS configuration on the machine that Pixii runs on."
          errorText={faults.profile}
        >
          <Autosuggest
            value={form.profile}
            options={(profiles.value?.profiles ?? []).map(({ name, region }) => ({
              value: name,
              ...(region && { description: region }),
            }))}
            statusType={profiles.isLoading ? "loading" : profiles.error ? "error" : "finished"}
            loadingText="Looking for profiles"
            errorText="The profiles could not be listed."
            empty="There are no profiles."
            enteredTextLabel={(text) => `Use “${text}”`}
            onChange={({ detail }) => set({ profile: detail.value })}
          />
        </FormField>
      )}
      <Checkbox checked={form.assumesRole} onChange={({ detail }) => set({ assumesRole: detail.checked })}>
        Assume a role
      </Checkbox>
      {form.assumesRole && (
        <div className={styles["inset"]}>
          <FormField label="Role ARN" errorText={faults.roleArn}>
            <Input
              value={form.roleArn}
              spellcheck={false}
              placeholder="arn:aws:iam::123456789012:role/name"
              onChange={({ detail }) => set({ roleArn: detail.value })}
            />
          </FormField>
          <FormField label="External ID" constraintText="Where the role's trust policy asks for one.">
            <Input
              value={form.externalId}
              spellcheck={false}
              onChange={({ detail }) => set({ externalId: detail.value })}
            />
          </FormField>
        </div>
      )}
    </>
  );
}

function Guards({ form, set }: Fields) {
  return (
    <SpaceBetween size="xs">
      <Checkbox
        checked={form.isReadOnly}
        description="Nothing is written through it, by anybody, until this is taken off."
        onChange={({ detail }) => set({ isReadOnly: detail.checked })}
      >
        Read-only
      </Checkbox>
      <Checkbox
        checked={form.asksBeforeWriting}
        disabled={form.isReadOnly}
        onChange={({ detail }) => set({ asksBeforeWriting: detail.checked })}
      >
        Ask before writing
      </Checkbox>
    </SpaceBetween>
  );
}
