// Work that takes long, shows how far it is, and can be stopped.

import { useCallback, useEffect, useRef, useState } from "react";
import { isAbort } from "../../api.ts";

export interface Job<P> {
  /** The latest that the work told, also after its end. */
  progress: P | null;
  state: "idle" | "running" | "done" | "stopped" | "failed";
  error: unknown;
  start: (work: (onProgress: (progress: P) => void, signal: AbortSignal) => Promise<void>) => void;
  stop: () => void;
  /** Back to the beginning, for another. */
  reset: () => void;
}

const idle = { progress: null, state: "idle", error: null } as const;

export function useJob<P>(): Job<P> {
  const [now, setNow] = useState<Pick<Job<P>, "progress" | "state" | "error">>(idle);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = useCallback<Job<P>["start"]>((work) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setNow({ progress: null, state: "running", error: null });
    const tell = (progress: P) => {
      if (running.current === mine) setNow((before) => ({ ...before, progress }));
    };
    work(tell, mine.signal).then(
      () => {
        if (running.current === mine) setNow((before) => ({ ...before, state: "done" }));
      },
      (error: unknown) => {
        if (running.current !== mine) return;
        setNow((before) => (isAbort(error) ? { ...before, state: "stopped" } : { ...before, state: "failed", error }));
      },
    );
  }, []);
  const stop = useCallback(() => running.current?.abort(), []);
  const reset = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setNow(idle);
  }, []);
  return { ...now, start, stop, reset };
}
