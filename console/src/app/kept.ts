// What this browser keeps between visits. Never secrets. Storage may be off or full: then nothing is kept.

const PREFIX = "pixii.";

/** What was kept under a name, where there is something and it can be read. */
export function kept(name: string): unknown {
  try {
    const text = window.localStorage.getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Keeps a value; `undefined` forgets it. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined) window.localStorage.removeItem(PREFIX + name);
    else window.localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Nothing to do: the console works without.
  }
}
