import type { StreamView } from "./draft.ts";

/** What records of a stream can show. */
export const streamViews: { value: StreamView; label: string; description: string }[] = [
  { value: "NEW_AND_OLD_IMAGES", label: "New and old images", description: "The item before and after" },
  { value: "NEW_IMAGE", label: "New image", description: "The item after" },
  { value: "OLD_IMAGE", label: "Old image", description: "The item before" },
  { value: "KEYS_ONLY", label: "Keys only", description: "Which item changed" },
];
