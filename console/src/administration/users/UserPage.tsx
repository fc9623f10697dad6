// One user: keys, policies, tags.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import { useParams } from "wouter";
import { useConfirm } from "../../app/confirm.tsx";
import { useGo } from "../../app/navigate.ts";
import { useCaller } from "../../app/session.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { time } from "../amounts.ts";
import { Copied, Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { TagsEditor } from "../TagsEditor.tsx";
import type { Tag } from "../tagging.ts";
import { Keys } from "./Keys.tsx";
import { Policies } from "./Policies.tsx";
import { admin, useAdmin } from "./useAdmin.ts";
import type { Described } from "./users.ts";

export default function UserPage() {
  const { user: name } = useParams<{ user: string }>();
  const caller = useCaller();
  const { administer, isBusy } = useAdmin();
  const confirm = useConfirm();
  const go = useGo();
  const { value, error, reload } = useLoad<Described>(
    `user ${name}`,
    async (signal) => (await admin("GetUser", { UserName: name }, signal)) as unknown as Described,
  );
  const remove = async () => {
    const isOwn = caller.name === name;
    const isSure = await confirm({
      title: `Delete ${name}?`,
      body: `With the user go its keys and policies: programs that use them are refused at once.${isOwn ? " This is you: you are signed out." : ""}`,
      action: "Delete user",
      typed: name,
    });
    if (!isSure) return;
    if ((await administer("DeleteUser", { UserName: name }, { said: `${name} is deleted.` })) !== undefined)
      go("/users");
  };
  const saveTags = async ({ set, removed }: { set: Tag[]; removed: string[] }) => {
    if (removed.length > 0) {
      const body = { UserName: name, TagKeys: removed };
      if ((await administer("UntagUser", body, {})) === undefined) return;
    }
    if (set.length > 0) await administer("TagUser", { UserName: name, Tags: set }, { said: "The tags are saved." });
    reload();
  };
  return (
    <PageFrame
      isWide
      title={name}
      actions={
        <div className={styles["row"]}>
          <Button onClick={() => go("/users", { tab: "simulator", user: name })}>Simulate</Button>
          <Button loading={isBusy} disabled={value === undefined} onClick={() => void remove()}>
            Delete user
          </Button>
        </div>
      }
    >
      {error !== undefined ? (
        <ErrorBox error={error} again={reload} />
      ) : value === undefined ? (
        <Status value={undefined} />
      ) : (
        <div className={styles["stack"]}>
          <Container>
            <Facts
              facts={[
                ["Created", time(value.User.CreateDate)],
                ["ID", <code key="id">{value.User.UserId}</code>],
                ["ARN", <Copied key="arn" text={value.User.Arn} label="Copy the ARN" />, true],
              ]}
            />
          </Container>
          <Keys user={name} keys={value.AccessKeys} onChanged={reload} />
          <Policies user={name} policies={value.Policies} onChanged={reload} />
          <TagsEditor
            key={JSON.stringify(value.User.Tags ?? [])}
            tags={value.User.Tags ?? []}
            isBusy={isBusy}
            onSave={(changes) => void saveTags(changes)}
          />
        </div>
      )}
    </PageFrame>
  );
}
