// Changing something through the service: sends it, says what was done or refused, and has tables asked again.

import { useCallback, useState } from "react";
import { isAbort } from "../api.ts";
import { useSend } from "../app/confirm.tsx";
import { useNotify } from "../app/notify.tsx";
import { forgetTables } from "../components/tables.ts";

export interface Change {
  isBusy: boolean;
  /** The last refusal, for forms that show it in place; see `inPlace`. */
  error: unknown;
  clear: () => void;
  /** Sends a request. `said` is told when it is done. Gives the reply, or `undefined` where it was not done. */
  change: (
    command: string,
    request: object,
    options: { said?: string; inPlace?: boolean },
  ) => Promise<Record<string, unknown> | undefined>;
}

export function useChange(): Change {
  const send = useSend();
  const { notify, fail } = useNotify();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const change = useCallback<Change["change"]>(
    async (command, request, { said, inPlace = false }) => {
      setIsBusy(true);
      setError(null);
      try {
        const reply = await send(command, request);
        if (said !== undefined) notify({ type: "success", content: said });
        forgetTables();
        return reply;
      } catch (fault) {
        if (inPlace && !isAbort(fault)) setError(fault);
        else fail(fault);
        return undefined;
      } finally {
        setIsBusy(false);
      }
    },
    [send, notify, fail],
  );
  const clear = useCallback(() => setError(null), []);
  return { isBusy, error, clear, change };
}
