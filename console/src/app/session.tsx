// Who is signed in.

import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { call, isOfAnother, whenSignedOut, type Caller, type Session } from "../api.ts";

interface SessionValue {
  session: Session;
  signOut: () => Promise<void>;
  signedIn: (session: Session) => void;
}

const SessionContext = createContext<SessionValue | null>(null);

/** The session. Below the sign-in there always is one. */
export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (value === null) throw new Error("there is no session above this component");
  return value;
}

/** Who is signed in; only for components that show when somebody is. */
export function useCaller(): Caller {
  const { caller } = useSession().session;
  if (caller === null) throw new Error("nobody is signed in above this component");
  return caller;
}

export function SessionProvider({
  children,
  loading,
  failed,
}: {
  children: ReactNode;
  loading: ReactNode;
  failed: (error: unknown, again: () => void) => ReactNode;
}) {
  const [session, setSession] = useState<Session | null>(null);
  const [error, setError] = useState<unknown>(null);
  const take = useCallback((answer: Session) => {
    // What was loaded for somebody goes with the page.
    if (isOfAnother(answer)) window.location.reload();
    else {
      setSession(answer);
      setError(null);
    }
  }, []);
  const load = useCallback(() => {
    call("Session", {}).then(take, (fault: unknown) => setError(fault));
  }, [take]);
  useEffect(() => {
    load();
    whenSignedOut(load);
    return () => whenSignedOut(() => undefined);
  }, [load]);

  const value = useMemo(
    () =>
      session && {
        session,
        signedIn: take,
        signOut: async () => {
          await call("Logout", {});
          window.location.reload();
        },
      },
    [session, take],
  );
  if (value === null) return error === null ? loading : failed(error, load);
  return <SessionContext value={value}>{children}</SessionContext>;
}
