import { send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import { TagsEditor } from "../TagsEditor.tsx";
import type { Tag } from "../tagging.ts";
import { useChange } from "../useChange.ts";

/** The tags of a table, all pages of them. */
export function TableTags({ arn }: { arn: string }) {
  const { place } = usePlace();
  const { change, isBusy } = useChange();
  const { value, error, reload } = useLoad(`${placeKey(place)} ${arn} tags`, async (signal) => {
    const tags: Tag[] = [];
    let next: unknown;
    do {
      const request = { ResourceArn: arn, ...(next !== undefined && { NextToken: next }) };
      const reply = await send(place, "ListTagsOfResource", request, { signal });
      tags.push(...((reply["Tags"] ?? []) as Tag[]));
      next = reply["NextToken"];
    } while (next !== undefined);
    return tags;
  });
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  const save = async ({ set, removed }: { set: Tag[]; removed: string[] }) => {
    if (removed.length > 0) {
      const request = { ResourceArn: arn, TagKeys: removed };
      if ((await change("UntagResource", request, {})) === undefined) return;
    }
    if (set.length > 0 && (await change("TagResource", { ResourceArn: arn, Tags: set }, {})) === undefined) return;
    reload();
  };
  return (
    <TagsEditor
      key={JSON.stringify(value ?? [])}
      tags={value ?? []}
      isBusy={isBusy}
      onSave={(changes) => void save(changes)}
    />
  );
}
