// Tags of something: a list of pairs that is changed and saved as a whole.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import styles from "./administration.module.css";
import { tagChanges, tagFaults, type Tag } from "./tagging.ts";

export function TagsEditor({
  tags,
  isBusy,
  onSave,
}: {
  tags: readonly Tag[];
  isBusy: boolean;
  onSave: (changes: { set: Tag[]; removed: string[] }) => void;
}) {
  const [draft, setDraft] = useState<Tag[]>([...tags]);
  const [wasTried, setWasTried] = useState(false);
  const faults = tagFaults(draft);
  const changes = tagChanges(tags, draft);
  const isChanged = changes.set.length + changes.removed.length > 0 || draft.length !== tags.length;
  return (
    <Container
      header={
        <Header
          variant="h2"
          {...(tags.length > 0 && { counter: `(${tags.length})` })}
          actions={
            <div className={styles["row"]}>
              <Button iconName="add-plus" onClick={() => setDraft([...draft, { Key: "", Value: "" }])}>
                Add a tag
              </Button>
              <Button
                disabled={!isChanged}
                loading={isBusy}
                onClick={() => {
                  setWasTried(true);
                  if (faults.every((fault) => fault === undefined)) onSave(changes);
                }}
              >
                Save tags
              </Button>
            </div>
          }
        >
          Tags
        </Header>
      }
    >
      {draft.length === 0 && <span className={styles["muted"]}>There are none.</span>}
      <TagFields tags={draft} faults={wasTried ? faults : []} onChange={setDraft} />
    </Container>
  );
}

/** The fields of tags, each with a button that removes it. */
export function TagFields({
  tags,
  faults,
  onChange,
}: {
  tags: Tag[];
  faults: (string | undefined)[];
  onChange: (tags: Tag[]) => void;
}) {
  const change = (at: number, part: Partial<Tag>) =>
    onChange(tags.map((tag, place) => (place === at ? { ...tag, ...part } : tag)));
  return (
    <div className={styles["tag-list"]}>
      {tags.map((tag, at) => (
        <div key={at} className={styles["tag-row"]}>
          <FormField stretch errorText={faults[at]}>
            <Input
              value={tag.Key}
              ariaLabel={`Key of tag ${at + 1}`}
              placeholder="Key"
              onChange={({ detail }) => change(at, { Key: detail.value })}
            />
          </FormField>
          <Input
            value={tag.Value}
            ariaLabel={`Value of tag ${at + 1}`}
            placeholder="Value"
            onChange={({ detail }) => change(at, { Value: detail.value })}
          />
          <Button
            variant="icon"
            iconName="remove"
            ariaLabel={`Remove tag ${at + 1}`}
            onClick={() => onChange(tags.filter((_, place) => place !== at))}
          />
        </div>
      ))}
    </div>
  );
}
