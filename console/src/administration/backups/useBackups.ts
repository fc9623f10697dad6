// The backups that a filter lets through, a page at a time.

import { useCallback, useEffect, useState } from "react";
import { isAbort, send } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { listRequest, type BackupFilter, type BackupSummary } from "./backups.ts";

interface Listed {
  backups: BackupSummary[];
  next: unknown;
}

export interface Backups {
  backups: BackupSummary[] | undefined;
  error: unknown;
  isLoading: boolean;
  /** Asks for the next page; nothing where there is none. */
  more: (() => void) | undefined;
  reload: () => void;
}

export function useBackups(filter: BackupFilter): Backups {
  const { place } = usePlace();
  const key = JSON.stringify(filter);
  const [listed, setListed] = useState<Listed | null>(null);
  const [error, setError] = useState<unknown>(undefined);
  const [wanted, setWanted] = useState<{ round: number; start: unknown }>({ round: 0, start: undefined });
  const [isLoading, setIsLoading] = useState(true);

  useEffect(() => {
    const stop = new AbortController();
    // What was asked of the outside: the state says that it is under way.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setIsLoading(true);
    const request = listRequest(JSON.parse(key) as BackupFilter, wanted.start);
    send(place, "ListBackups", request, { signal: stop.signal }).then(
      (reply) => {
        const found = reply["BackupSummaries"] as BackupSummary[];
        setListed((now) => ({
          backups: wanted.start === undefined ? found : [...(now?.backups ?? []), ...found],
          next: reply["LastEvaluatedBackupArn"],
        }));
        setError(undefined);
        setIsLoading(false);
      },
      (fault: unknown) => {
        if (isAbort(fault)) return;
        setError(fault);
        setIsLoading(false);
      },
    );
    return () => stop.abort();
  }, [key, place, wanted]);

  const reload = useCallback(() => setWanted(({ round }) => ({ round: round + 1, start: undefined })), []);
  // Another filter begins with its first page.
  const [shownKey, setShownKey] = useState(key);
  if (shownKey !== key) {
    setShownKey(key);
    setListed(null);
    setWanted(({ round }) => ({ round: round + 1, start: undefined }));
  }
  const next = listed?.next;
  return {
    backups: listed?.backups,
    error,
    isLoading,
    more: next === undefined ? undefined : () => setWanted(({ round }) => ({ round: round + 1, start: next })),
    reload,
  };
}
