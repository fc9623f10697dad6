// The admin API of the server: users, keys, policies.

import { useCallback, useState } from "react";
import { call, isAbort } from "../../api.ts";
import { useNotify } from "../../app/notify.tsx";

export function admin(command: string, body: object, signal?: AbortSignal): Promise<Record<string, unknown>> {
  return call("Admin", { command, body }, signal);
}

export interface Administration {
  isBusy: boolean;
  error: unknown;
  /** Gives the reply, or `undefined` where it was not done. */
  administer: (
    command: string,
    body: object,
    options: { said?: string; inPlace?: boolean },
  ) => Promise<Record<string, unknown> | undefined>;
}

/** As `useChange` is for the database. */
export function useAdmin(): Administration {
  const { notify, fail } = useNotify();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const administer = useCallback<Administration["administer"]>(
    async (command, body, { said, inPlace = false }) => {
      setIsBusy(true);
      setError(null);
      try {
        const reply = await admin(command, body);
        if (said !== undefined) notify({ type: "success", content: said });
        return reply;
      } catch (fault) {
        if (inPlace && !isAbort(fault)) setError(fault);
        else fail(fault);
        return undefined;
      } finally {
        setIsBusy(false);
      }
    },
    [notify, fail],
  );
  return { isBusy, error, administer };
}
