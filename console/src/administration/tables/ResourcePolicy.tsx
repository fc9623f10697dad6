// The policy that a table itself carries: who of other accounts may use it, and who may not at all.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { Refusal, send } from "../../api.ts";
import { useConfirm } from "../../app/confirm.tsx";
import { placeKey, usePlace } from "../../app/place.tsx";
import { CodeEditor } from "../../components/editor/index.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { laidOut, policyFault, resourcePolicyExample } from "../policies.ts";
import { Status } from "../Status.tsx";
import { TextButton } from "../TextButton.tsx";
import { useChange } from "../useChange.ts";

interface Kept {
  policy: string;
  /** Changes with the policy; `null` where there is none. */
  revision: string | null;
}

export function ResourcePolicy({ arn }: { arn: string }) {
  const { place } = usePlace();
  const { value, error, reload } = useLoad(`${placeKey(place)} ${arn} policy`, async (signal): Promise<Kept> => {
    try {
      const reply = await send(place, "GetResourcePolicy", { ResourceArn: arn }, { signal });
      return { policy: laidOut(String(reply["Policy"])), revision: String(reply["RevisionId"]) };
    } catch (fault) {
      if (fault instanceof Refusal && fault.exception === "PolicyNotFoundException")
        return { policy: "", revision: null };
      throw fault;
    }
  });
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  if (value === undefined) return <Status value={undefined} />;
  return <Editor key={value.revision ?? ""} arn={arn} kept={value} onChanged={reload} />;
}

function Editor({ arn, kept, onChanged }: { arn: string; kept: Kept; onChanged: () => void }) {
  const [text, setText] = useState(kept.policy);
  const { change, isBusy, error } = useChange();
  const confirm = useConfirm();
  const fault = text.trim() === "" ? undefined : policyFault(text);
  const save = async () => {
    // Who changed it in the meantime is not written over.
    const ExpectedRevisionId = kept.revision ?? "NO_POLICY";
    const request = { ResourceArn: arn, Policy: text, ExpectedRevisionId };
    const options = { said: "The policy is saved.", inPlace: true };
    if ((await change("PutResourcePolicy", request, options)) !== undefined) onChanged();
  };
  const remove = async () => {
    const body = "Only what users' own policies allow counts from then on.";
    if (!(await confirm({ title: "Delete the policy?", body, action: "Delete policy" }))) return;
    const request = { ResourceArn: arn, ...(kept.revision !== null && { ExpectedRevisionId: kept.revision }) };
    const options = { said: "The policy is deleted.", inPlace: true };
    if ((await change("DeleteResourcePolicy", request, options)) !== undefined) {
      setText("");
      onChanged();
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Lets users of other accounts use the table, or forbids it to anybody. A grant is to a name."
          actions={
            <div className={styles["row"]}>
              {kept.revision !== null && (
                <Button loading={isBusy} onClick={() => void remove()}>
                  Delete policy
                </Button>
              )}
              <Button
                variant="primary"
                loading={isBusy}
                disabled={text.trim() === "" || fault !== undefined || text === kept.policy}
                onClick={() => void save()}
              >
                Save policy
              </Button>
            </div>
          }
        >
          Resource policy
        </Header>
      }
    >
      <SpaceBetween size="s">
        {error !== null && <ErrorBox error={error} />}
        {kept.revision === null && text === "" && (
          <div className={styles["row"]}>
            <span className={styles["muted"]}>The table has none.</span>
            <TextButton onClick={() => setText(resourcePolicyExample(arn))}>Begin with an example</TextButton>
          </div>
        )}
        <CodeEditor label="Policy of the table" value={text} onChange={setText} language="json" minHeight="240px" />
        <div role="status" className={`${styles["small"] ?? ""} ${styles["muted"] ?? ""}`}>
          {fault ?? (kept.revision === null ? "" : `Revision ${kept.revision}`)}
        </div>
      </SpaceBetween>
    </Container>
  );
}
