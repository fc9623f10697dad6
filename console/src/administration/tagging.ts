/** A tag as the service has it. */
export interface Tag {
  Key: string;
  Value: string;
}

/** What is wrong with each tag. */
export function tagFaults(tags: readonly Tag[]): (string | undefined)[] {
  const keys = tags.map(({ Key }) => Key);
  return keys.map((key, at) => {
    if (key === "") return "Enter a key.";
    if (key.length > 128) return "A key has at most 128 characters.";
    return keys.indexOf(key) === at ? undefined : "Another tag has this key.";
  });
}

/** What is to be set, and which keys are to be removed, to make one list of tags the other. */
export function tagChanges(before: readonly Tag[], after: readonly Tag[]): { set: Tag[]; removed: string[] } {
  const old = new Map(before.map(({ Key, Value }) => [Key, Value]));
  const wanted = new Map(after.map(({ Key, Value }) => [Key, Value]));
  return {
    set: after.filter(({ Key, Value }) => old.get(Key) !== Value),
    removed: [...old.keys()].filter((key) => !wanted.has(key)),
  };
}
