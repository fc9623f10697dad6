import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { TextButton } from "../TextButton.tsx";
import styles from "../administration.module.css";
import { time } from "../amounts.ts";
import { ListTable, type Column } from "../ListTable.tsx";
import { Status } from "../Status.tsx";
import { SecretDialog } from "./Secret.tsx";
import { useAdmin } from "./useAdmin.ts";
import { KEYS_MAX, type AccessKey, type NewKey } from "./users.ts";

/** The access keys of a user, two at most. */
export function Keys({ user, keys, onChanged }: { user: string; keys: AccessKey[]; onChanged: () => void }) {
  const { administer, isBusy } = useAdmin();
  const [made, setMade] = useState<NewKey | null>(null);
  const confirm = useConfirm();
  const isFull = keys.length >= KEYS_MAX;
  const run = async (command: string, body: object, said?: string) => {
    const reply = await administer(command, { UserName: user, ...body }, said === undefined ? {} : { said });
    if (reply === undefined) return;
    if (reply["AccessKey"] !== undefined) setMade(reply["AccessKey"] as NewKey);
    onChanged();
  };
  const rotate = async ({ AccessKeyId }: AccessKey) => {
    const isSure = await confirm({
      title: `Rotate ${AccessKeyId}?`,
      body: "A new key is made, and this one is switched off at once. It can be switched on again while something still needs it.",
      action: "Rotate key",
    });
    if (isSure) await run("RotateAccessKey", { AccessKeyId });
  };
  const remove = async ({ AccessKeyId }: AccessKey) => {
    const isSure = await confirm({
      title: `Delete ${AccessKeyId}?`,
      body: "Requests with it are refused from then on. This cannot be taken back.",
      action: "Delete key",
    });
    if (isSure) await run("DeleteAccessKey", { AccessKeyId }, "The key is deleted.");
  };
  const flip = ({ AccessKeyId, Status: status }: AccessKey) =>
    run(
      "UpdateAccessKey",
      { AccessKeyId, Status: status === "Active" ? "Inactive" : "Active" },
      status === "Active" ? "The key is off." : "The key is on.",
    );
  const columns: Column<AccessKey>[] = [
    { id: "id", header: "Access key ID", minWidth: 210, cell: ({ AccessKeyId }) => <code>{AccessKeyId}</code> },
    { id: "status", header: "Status", minWidth: 135, cell: (key) => <Status value={key.Status} /> },
    { id: "created", header: "Created", minWidth: 180, cell: ({ CreateDate }) => time(CreateDate) },
    {
      id: "used",
      header: "Last used",
      minWidth: 180,
      cell: ({ LastUsedDate }) => (LastUsedDate === undefined ? "Not since the start" : time(LastUsedDate)),
    },
    {
      id: "actions",
      header: "Actions",
      minWidth: 230,
      cell: (key) => (
        <div className={styles["row"]}>
          <TextButton
            disabled={isBusy || isFull}
            disabledReason="A user has two keys at most: delete the other one first."
            ariaLabel={`Rotate ${key.AccessKeyId}`}
            onClick={() => void rotate(key)}
          >
            Rotate
          </TextButton>
          <TextButton
            disabled={isBusy}
            ariaLabel={`${key.Status === "Active" ? "Disable" : "Enable"} ${key.AccessKeyId}`}
            onClick={() => void flip(key)}
          >
            {key.Status === "Active" ? "Disable" : "Enable"}
          </TextButton>
          <TextButton disabled={isBusy} ariaLabel={`Delete ${key.AccessKeyId}`} onClick={() => void remove(key)}>
            Delete
          </TextButton>
        </div>
      ),
    },
  ];
  return (
    <>
      <ListTable
        title="Access keys"
        items={keys}
        columns={columns}
        trackBy={({ AccessKeyId }) => AccessKeyId}
        actions={
          <Button
            loading={isBusy}
            disabled={isFull}
            disabledReason="A user has two keys at most."
            onClick={() => void run("CreateAccessKey", {})}
          >
            Create access key
          </Button>
        }
        empty={<p>There are none: the user cannot sign in.</p>}
      />
      {made !== null && (
        <SecretDialog title={`New access key of ${user}`} credentials={made} onClose={() => setMade(null)} />
      )}
    </>
  );
}
