// A run in a line.

import { describe } from "../api.ts";
import type { Run } from "./store.ts";

export type Kind = "idle" | "running" | "good" | "bad" | "quiet";

export function duration(elapsedMs: number): string {
  if (elapsedMs < 1000) return `${Math.round(elapsedMs)} ms`;
  return `${(elapsedMs / 1000).toFixed(1)} s`;
}

/** What to say of a run, which may be under way. */
export function statusOf(run: Run | undefined, nowMs: number): { text: string; kind: Kind } {
  if (run === undefined) return { text: "Not run yet", kind: "idle" };
  if (run.state === "running")
    return { text: `Running ${duration(Math.max(nowMs - run.startedMs, 0))}`, kind: "running" };
  if (run.state === "cancelled") return { text: "Cancelled", kind: "quiet" };
  const { ran } = run;
  if (ran === null) return { text: `Failed: ${describe(run.error).title}`, kind: "bad" };
  const took = duration(ran.elapsedMs);
  switch (ran.outcome) {
    case "success":
      return { text: `Success in ${took}`, kind: "good" };
    case "refused":
      return { text: `Refused: ${ran.refusal?.exception ?? "by the service"}, in ${took}`, kind: "bad" };
    case "failed":
      return { text: `Failed: ${ran.failure?.cause ?? "no answer"}, after ${took}`, kind: "bad" };
    case "invalid":
      return { text: "Not sent: the body has to be put right first", kind: "bad" };
    case "confirm":
      return { text: "Not sent: not confirmed", kind: "quiet" };
    case "locked":
      return { text: "Not sent: this connection is read-only", kind: "bad" };
  }
}
