// What the server says of a body before it is sent, a moment after the typing stops.

import { useEffect, useState } from "react";
import { call, type Prepared, type QueryBody } from "../api.ts";

const PAUSE_MS = 300;

export interface Checked {
  /** Of the body as it is now; `null` while it is looked at. */
  prepared: Prepared | null;
  /** The body that it is of. */
  body: QueryBody | null;
}

export function usePrepared(body: QueryBody): Checked {
  const [checked, setChecked] = useState<Checked>({ prepared: null, body: null });
  const key = JSON.stringify(body);
  useEffect(() => {
    const asked = JSON.parse(key) as QueryBody;
    if (asked.text.trim() === "") return;
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      call("Prepare", asked, stop.signal).then(
        (prepared) => {
          if (!stop.signal.aborted) setChecked({ prepared, body: asked });
        },
        // A body that cannot be checked can still be run, and then the reason shows.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  const isCurrent = checked.body !== null && JSON.stringify(checked.body) === key;
  return isCurrent ? checked : { prepared: null, body: null };
}
