// Where requests go: the chosen connection, Region and account. Kept in this browser, so that a
// reload asks the same place again; `?connection=…&region=…` in an address chooses too.

import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { call, type Connection, type Place } from "../api.ts";
import { keep, kept } from "./kept.ts";

interface PlaceValue {
  place: Place;
  /** The Region that is asked: the chosen one, else the connection's. */
  region: string;
  connection: Connection;
  connections: Connection[];
  choose: (place: Place) => void;
  /** Lists the connections again, after one was changed. */
  reload: () => Promise<void>;
}

const PlaceContext = createContext<PlaceValue | null>(null);
const NAME = "place";

/** The place that is asked. `place` keeps its identity until another is chosen, so it may be a dependency. */
export function usePlace(): PlaceValue {
  const value = use(PlaceContext);
  if (value === null) throw new Error("there is no place above this component");
  return value;
}

/** The place as text: a key for what is kept per place. */
export function placeKey(place: Place): string {
  return [place.connection, place.region ?? "", place.account ?? ""].join("/");
}

function first(): Place {
  const address = new URLSearchParams(window.location.search);
  const connection = address.get("connection");
  if (connection === null) return (kept(NAME) as Place | undefined) ?? { connection: "local" };
  const region = address.get("region");
  return region === null ? { connection } : { connection, region };
}

export function PlaceProvider({
  children,
  loading,
  failed,
}: {
  children: ReactNode;
  loading: ReactNode;
  failed: (error: unknown, again: () => void) => ReactNode;
}) {
  const [wanted, setWanted] = useState<Place>(first);
  const [connections, setConnections] = useState<Connection[] | null>(null);
  const [error, setError] = useState<unknown>(null);

  const reload = useCallback(async () => {
    try {
      setConnections((await call("ListConnections", {})).connections);
      setError(null);
    } catch (fault) {
      setError(fault);
    }
  }, []);
  useEffect(() => {
    // The list is outside of React; it is read once here, and again by whoever changes it.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    void reload();
  }, [reload]);

  const value = useMemo(() => {
    const connection = connections?.find(({ id }) => id === wanted.connection) ?? connections?.[0];
    if (connections === null || connection === undefined) return null;
    // A connection that was deleted elsewhere: its Region and account go with it.
    const place = connection.id === wanted.connection ? wanted : { connection: connection.id };
    return {
      place,
      region: place.region ?? connection.region,
      connection,
      connections,
      choose: (next: Place) => {
        keep(NAME, next);
        setWanted(next);
      },
      reload,
    };
  }, [wanted, connections, reload]);
  if (value === null) return error === null ? loading : failed(error, () => void reload());
  return <PlaceContext value={value}>{children}</PlaceContext>;
}
