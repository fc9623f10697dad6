// What can be done from the keyboard: actions in the command palette, and shortcuts.

import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

export interface Action {
  /** Unique among all. */
  id: string;
  title: string;
  /** The heading that it shows under. */
  group: string;
  /** Words by which it is found too. */
  keywords?: string;
  /** Shown at the right, such as "⌘K". Only text: whoever offers the action listens for the keys. */
  hint?: string;
  run: () => void;
}

interface Actions {
  offered: Action[];
  offer: (actions: Action[]) => () => void;
}

const ActionsContext = createContext<Actions | null>(null);

export function ActionsProvider({ children }: { children: ReactNode }) {
  const [sets, setSets] = useState<Action[][]>([]);
  const value = useMemo(
    () => ({
      offered: sets.flat(),
      offer: (actions: Action[]) => {
        setSets((now) => [...now, actions]);
        return () => setSets((now) => now.filter((set) => set !== actions));
      },
    }),
    [sets],
  );
  return <ActionsContext value={value}>{children}</ActionsContext>;
}

function useActionsContext(): Actions {
  const value = use(ActionsContext);
  if (value === null) throw new Error("there is no palette above this component");
  return value;
}

export function useOffered(): Action[] {
  return useActionsContext().offered;
}

/** Puts actions into the palette while the component shows. Make the list with `useMemo`. */
export function useActions(actions: Action[]): void {
  const { offer } = useActionsContext();
  const latest = useRef(offer);
  useEffect(() => latest.current(actions), [actions]);
}

/** On a Mac the command key, elsewhere Ctrl. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
export const modifier = isMac ? "⌘" : "Ctrl+";

/**
 * Runs `action` on a key with the modifier held: `useShortcut("k", …)` is ⌘K or Ctrl+K. A key of the form
 * `shift+x` needs Shift too. It works in inputs and in the editor as well.
 */
export function useShortcut(key: string, action: () => void): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    const wantsShift = key.startsWith("shift+");
    const wanted = key.replace("shift+", "").toLowerCase();
    const listen = (event: KeyboardEvent) => {
      if (!(isMac ? event.metaKey : event.ctrlKey) || event.altKey) return;
      if (event.shiftKey !== wantsShift || event.key.toLowerCase() !== wanted) return;
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    // Before the editor sees it, which has keys of its own.
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [key]);
}
