// Sending many writes to a place after one question, where its connection asks before writing.

import { useCallback } from "react";
import { send, type Place } from "../api.ts";
import { Declined, useConfirm } from "../app/confirm.tsx";
import { usePlace } from "../app/place.tsx";
import type { Ask } from "./paging.ts";

/** Gives what sends to a place, once the person has agreed to `what`. Throws `Declined`, or what `send` throws. */
export function useWriter(): (place: Place, what: string, signal?: AbortSignal) => Promise<Ask> {
  const { connections } = usePlace();
  const confirm = useConfirm();
  return useCallback(
    async (place, what, signal) => {
      const connection = connections.find(({ id }) => id === place.connection);
      const asks = connection?.asksBeforeWriting === true;
      const body = `The connection “${connection?.name}” asks before anything is written through it.`;
      if (asks && !(await confirm({ title: `${what}?`, body, action: what }))) throw new Declined();
      return (command, request) => send(place, command, request, { isConfirmed: asks, ...(signal && { signal }) });
    },
    [connections, confirm],
  );
}
