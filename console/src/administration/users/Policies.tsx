// What a user may do: policies of its own, and managed ones.

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { usePlace } from "../../app/place.tsx";
import { useCaller } from "../../app/session.tsx";
import { CodeEditor } from "../../components/editor/index.tsx";
import { TextButton } from "../TextButton.tsx";
import styles from "../administration.module.css";
import { FormDialog } from "../FormDialog.tsx";
import { ListTable, type Column } from "../ListTable.tsx";
import { laidOut, policyFault, userPolicyExample } from "../policies.ts";
import { useAdmin } from "./useAdmin.ts";
import { iamNameFault, managed, policyTitle, type UserPolicy } from "./users.ts";

type Opened = { kind: "attach" } | { kind: "edit"; policy: UserPolicy | null };

export function Policies({
  user,
  policies,
  onChanged,
}: {
  user: string;
  policies: UserPolicy[];
  onChanged: () => void;
}) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const { administer, isBusy } = useAdmin();
  const confirm = useConfirm();
  const detach = async (policy: UserPolicy) => {
    const isOwn = "PolicyName" in policy;
    const isSure = await confirm({
      title: `${isOwn ? "Delete" : "Detach"} ${policyTitle(policy)}?`,
      body: `${user} may do no more what only this policy allows${isOwn ? ", and its text is gone" : ""}.`,
      action: isOwn ? "Delete policy" : "Detach policy",
    });
    if (!isSure) return;
    const body = isOwn ? { PolicyName: policy.PolicyName } : { PolicyArn: policy.PolicyArn };
    const said = `${policyTitle(policy)} is ${isOwn ? "deleted" : "detached"}.`;
    if ((await administer("DetachUserPolicy", { UserName: user, ...body }, { said })) !== undefined) onChanged();
  };
  const columns: Column<UserPolicy>[] = [
    { id: "name", header: "Policy", minWidth: 200, cell: policyTitle },
    { id: "kind", header: "Kind", minWidth: 130, cell: (policy) => ("PolicyArn" in policy ? "Managed" : "Own") },
    {
      id: "actions",
      header: "Actions",
      minWidth: 140,
      cell: (policy) => (
        <div className={styles["row"]}>
          {"PolicyName" in policy && (
            <TextButton ariaLabel={`Edit ${policyTitle(policy)}`} onClick={() => setOpened({ kind: "edit", policy })}>
              Edit
            </TextButton>
          )}
          <TextButton
            disabled={isBusy}
            ariaLabel={`${"PolicyName" in policy ? "Delete" : "Detach"} ${policyTitle(policy)}`}
            onClick={() => void detach(policy)}
          >
            {"PolicyName" in policy ? "Delete" : "Detach"}
          </TextButton>
        </div>
      ),
    },
  ];
  return (
    <>
      <ListTable
        title="Policies"
        items={policies}
        columns={columns}
        trackBy={policyTitle}
        actions={
          <div className={styles["row"]}>
            <Button onClick={() => setOpened({ kind: "attach" })}>Attach managed policy</Button>
            <Button onClick={() => setOpened({ kind: "edit", policy: null })}>Add policy</Button>
          </div>
        }
        empty={<p>There are none: the user may do nothing.</p>}
      />
      {opened?.kind === "attach" && (
        <Attach
          user={user}
          attached={policies.flatMap((policy) => ("PolicyArn" in policy ? [policy.PolicyArn] : []))}
          onClose={() => setOpened(null)}
          onChanged={onChanged}
        />
      )}
      {opened?.kind === "edit" && (
        <EditPolicy user={user} policy={opened.policy} onClose={() => setOpened(null)} onChanged={onChanged} />
      )}
    </>
  );
}

interface DialogProps {
  user: string;
  onClose: () => void;
  onChanged: () => void;
}

function Attach({ user, attached, onClose, onChanged }: DialogProps & { attached: string[] }) {
  const options = managed.filter(({ value }) => !attached.includes(value));
  const [arn, setArn] = useState(options[0]?.value ?? "");
  const { administer, isBusy, error } = useAdmin();
  const attach = async () => {
    const options = { said: "The policy is attached.", inPlace: true };
    if ((await administer("AttachUserPolicy", { UserName: user, PolicyArn: arn }, options)) === undefined) return;
    onChanged();
    onClose();
  };
  return (
    <FormDialog
      title="Attach managed policy"
      action="Attach"
      onClose={onClose}
      onSubmit={() => void attach()}
      isBusy={isBusy}
      isDisabled={arn === ""}
      error={error}
    >
      <FormField label="Policy">
        <Select
          selectedOption={options.find(({ value }) => value === arn) ?? null}
          options={options}
          empty="All are attached."
          onChange={({ detail }) => setArn(detail.selectedOption.value ?? "")}
        />
      </FormField>
    </FormDialog>
  );
}

function EditPolicy({ user, policy, onClose, onChanged }: DialogProps & { policy: UserPolicy | null }) {
  const { region } = usePlace();
  const { account } = useCaller();
  const kept = policy !== null && "PolicyName" in policy ? policy : null;
  const [name, setName] = useState(kept?.PolicyName ?? "");
  const [text, setText] = useState(kept === null ? userPolicyExample(region, account) : laidOut(kept.PolicyDocument));
  const [wasTried, setWasTried] = useState(false);
  const { administer, isBusy, error } = useAdmin();
  const nameFault = iamNameFault(name, 128);
  const textFault = policyFault(text);
  const save = async () => {
    setWasTried(true);
    if (nameFault !== undefined || textFault !== undefined) return;
    const body = { UserName: user, PolicyName: name, PolicyDocument: text };
    const options = { said: `The policy ${name} is saved.`, inPlace: true };
    if ((await administer("PutUserPolicy", body, options)) === undefined) return;
    onChanged();
    onClose();
  };
  return (
    <FormDialog
      title={kept === null ? "Add policy" : `Edit ${kept.PolicyName}`}
      action="Save policy"
      size="large"
      onClose={onClose}
      onSubmit={() => void save()}
      isBusy={isBusy}
      error={error}
    >
      {kept === null && (
        <FormField label="Policy name" errorText={wasTried ? nameFault : undefined}>
          <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value.trim())} />
        </FormField>
      )}
      <FormField label="Policy" errorText={textFault} stretch>
        <CodeEditor
          label="Policy document"
          value={text}
          onChange={setText}
          language="json"
          minHeight="260px"
          maxHeight="50vh"
        />
      </FormField>
    </FormDialog>
  );
}
