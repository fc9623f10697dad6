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
}

export function useJob<P>(): Job<P> {
  const [now, setNow] = useState<Omit<Job<P>, "start" | "stop">>({ progress: null, state: "idle", error: null });
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
      () => setNow((before) => ({ ...before, state: "done" })),
      (error: unknown) => {
        if (running.current !== mine) return;
        setNow((before) => (isAbort(error) ? { ...before, state: "stopped" } : { ...before, state: "failed", error }));
      },
    );
  }, []);
  const stop = useCallback(() => running.current?.abort(), []);
  return { ...now, start, stop };
}
