// What policies would decide, and which statement does: before they count.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { usePlace } from "../../app/place.tsx";
import { useCaller } from "../../app/session.tsx";
import { CodeEditor } from "../../components/editor/index.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { ListTable, type Column } from "../ListTable.tsx";
import { userPolicyExample } from "../policies.ts";
import { reason, simulationBody, simulationFaults, type Decision, type SimulationDraft } from "./simulation.ts";
import { admin, useAdmin } from "./useAdmin.ts";
import type { User } from "./users.ts";

export function Simulator() {
  const [search] = useSearchParams();
  const { region } = usePlace();
  const { account } = useCaller();
  const user = search.get("user") ?? "";
  const [draft, setDraft] = useState<SimulationDraft>({
    user,
    policy: user === "" ? userPolicyExample(region, account) : "",
    resourcePolicy: "",
    actions: "GetItem, PutItem, DeleteItem",
    resources: `arn:aws:dynamodb:${region}:${account}:table/orders`,
    context: "",
  });
  const [wasTried, setWasTried] = useState(false);
  const [found, setFound] = useState<Decision[] | null>(null);
  const { administer, isBusy, error } = useAdmin();
  const faults = simulationFaults(draft);
  const set = (part: Partial<SimulationDraft>) => setDraft((now) => ({ ...now, ...part }));
  const simulate = async () => {
    setWasTried(true);
    if (Object.keys(faults).length > 0) return;
    const reply = await administer("SimulatePolicy", simulationBody(draft), { inPlace: true });
    setFound(reply === undefined ? null : (reply["Results"] as Decision[]));
  };
  return (
    <div className={styles["stack"]}>
      <Container
        header={
          <Header
            variant="h2"
            description="Nothing is done: it only tells what would be decided, and by which statement."
            actions={
              <Button variant="primary" loading={isBusy} onClick={() => void simulate()}>
                Simulate
              </Button>
            }
          >
            Policy simulator
          </Header>
        }
      >
        <Fields draft={draft} faults={wasTried ? faults : {}} set={set} />
      </Container>
      {error !== null && <ErrorBox error={error} />}
      {found !== null && (
        <ListTable
          title="Decisions"
          items={found}
          columns={columns}
          trackBy={({ ActionName, ResourceArn }) => `${ActionName} ${ResourceArn}`}
          empty={<p>Nothing was asked.</p>}
        />
      )}
    </div>
  );
}

function Fields({
  draft,
  faults,
  set,
}: {
  draft: SimulationDraft;
  faults: Record<string, string>;
  set: (part: Partial<SimulationDraft>) => void;
}) {
  // Who may not list users may still try policies.
  const users = useLoad("users", async (signal) => (await admin("ListUsers", {}, signal))["Users"] as User[]);
  const options = [
    { value: "", label: "Nobody in particular" },
    ...(users.value ?? []).map(({ UserName }) => ({ value: UserName, label: UserName })),
  ];
  return (
    <SpaceBetween size="m">
      <FormField label="User" description="The policies of this user count as well.">
        <Select
          selectedOption={options.find(({ value }) => value === draft.user) ?? { value: draft.user, label: draft.user }}
          options={options}
          onChange={({ detail }) => set({ user: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Policy to try – optional with a user" errorText={faults["policy"]} stretch>
        <CodeEditor
          label="Policy to try"
          value={draft.policy}
          onChange={(policy) => set({ policy })}
          language="json"
          minHeight="120px"
          maxHeight="320px"
        />
      </FormField>
      <div className={styles["fields"]}>
        <FormField label="Actions" constraintText="On lines, or with commas between." errorText={faults["actions"]}>
          <Textarea
            value={draft.actions}
            rows={3}
            spellcheck={false}
            onChange={({ detail }) => set({ actions: detail.value })}
          />
        </FormField>
        <FormField label="Resources" constraintText="ARNs; none is any.">
          <Textarea
            value={draft.resources}
            rows={3}
            spellcheck={false}
            onChange={({ detail }) => set({ resources: detail.value })}
          />
        </FormField>
      </div>
      <ExpandableSection headerText="Conditions and resource policy">
        <SpaceBetween size="m">
          <FormField
            label="What conditions see"
            constraintText="key=value on each line, such as aws:SourceIp=192.0.2.7 or dynamodb:LeadingKeys=ann."
            errorText={faults["context"]}
          >
            <Textarea
              value={draft.context}
              rows={3}
              spellcheck={false}
              onChange={({ detail }) => set({ context: detail.value })}
            />
          </FormField>
          <FormField label="Resource policy of the table" stretch>
            <CodeEditor
              label="Resource policy"
              value={draft.resourcePolicy}
              onChange={(resourcePolicy) => set({ resourcePolicy })}
              language="json"
              minHeight="80px"
              maxHeight="240px"
            />
          </FormField>
        </SpaceBetween>
      </ExpandableSection>
    </SpaceBetween>
  );
}

const columns: Column<Decision>[] = [
  {
    id: "action",
    header: "Action",
    minWidth: 180,
    by: ({ ActionName }) => ActionName,
    cell: ({ ActionName }) => ActionName,
  },
  {
    id: "decision",
    header: "Decision",
    minWidth: 120,
    by: ({ Decision: decision }) => decision,
    cell: ({ Decision: decision }) => (
      <StatusIndicator type={decision === "allowed" ? "success" : "error"}>
        {decision === "allowed" ? "Allowed" : "Denied"}
      </StatusIndicator>
    ),
  },
  { id: "reason", header: "Why", minWidth: 240, cell: reason },
  {
    id: "resource",
    header: "Resource",
    minWidth: 240,
    by: ({ ResourceArn }) => ResourceArn,
    cell: ({ ResourceArn }) => <span className={styles["mono"]}>{ResourceArn}</span>,
  },
];
