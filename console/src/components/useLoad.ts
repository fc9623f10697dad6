// Something asked of the server, as state.

import { useCallback, useEffect, useRef, useState } from "react";
import { isAbort } from "../api.ts";

export interface Loaded<T> {
  /** The last answer; stays while it is asked again with the same key, and where that fails. */
  value: T | undefined;
  error: unknown;
  isLoading: boolean;
  reload: () => void;
}

/**
 * Asks when first shown and whenever `key` changes; a call that is no longer wanted is aborted. A `key` of
 * `null` asks nothing. `load` may be a new function each time: only the key decides.
 */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string | null; value?: T; error?: unknown; isLoading: boolean }>({
    key: null,
    isLoading: key !== null,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });

  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    // What was asked of the outside: the state says that it is under way.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setState((now) => (now.key === key ? { ...now, isLoading: true } : { key, isLoading: true }));
    latest.current(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) setState({ key, value, isLoading: false });
      },
      (error: unknown) => {
        if (stop.signal.aborted || isAbort(error)) return;
        // What was known stays: a form over it must not go with one answer that fails.
        setState((now) => ({
          key,
          error,
          isLoading: false,
          ...(now.key === key && now.value !== undefined && { value: now.value }),
        }));
      },
    );
    return () => stop.abort();
  }, [key, round]);

  const reload = useCallback(() => setRound((now) => now + 1), []);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    isLoading: key !== null && (!isCurrent || state.isLoading),
    reload,
  };
}
