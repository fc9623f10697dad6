// Changes that wait to be committed together, with undo and redo.

import type { Change } from "./changes.ts";
import { identity, isSame, type Item } from "./values.ts";

export interface Staged {
  now: Change[];
  past: Change[][];
  future: Change[][];
}

export const nothingStaged: Staged = { now: [], past: [], future: [] };

export const itemOf = ({ before, after }: Change): Item => after ?? before ?? {};

const to = (staged: Staged, now: Change[]): Staged => ({ now, past: [...staged.past, staged.now], future: [] });

/** Adds changes. A second one of the same item goes on from the first; one that leads back to the start vanishes. */
export function stage(staged: Staged, keys: string[], changes: Change[]): Staged {
  const now = [...staged.now];
  for (const change of changes) {
    const key = identity(itemOf(change), keys);
    const at = now.findIndex((each) => identity(itemOf(each), keys) === key);
    const earlier = now[at];
    if (earlier === undefined) {
      now.push(change);
      continue;
    }
    const joined = { before: earlier.before, after: change.after };
    if (isSame(joined.before, joined.after)) now.splice(at, 1);
    else now[at] = joined;
  }
  return to(staged, now);
}

export const without = (staged: Staged, gone: Change[]): Staged =>
  to(
    staged,
    staged.now.filter((change) => !gone.includes(change)),
  );

export function undo({ now, past, future }: Staged): Staged {
  const last = past.at(-1);
  return last === undefined ? { now, past, future } : { now: last, past: past.slice(0, -1), future: [now, ...future] };
}

export function redo({ now, past, future }: Staged): Staged {
  const [next, ...rest] = future;
  return next === undefined ? { now, past, future } : { now: next, past: [...past, now], future: rest };
}

/** The change of an item that waits, if there is one. */
export const waiting = (staged: Staged, keys: string[], item: Item): Change | undefined =>
  staged.now.find((change) => identity(itemOf(change), keys) === identity(item, keys));
