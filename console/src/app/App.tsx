import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { base } from "../api.ts";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { ActionsProvider } from "./actions.tsx";
import { Boundary } from "./Boundary.tsx";
import { ConfirmProvider } from "./confirm.tsx";
import { LoginPage } from "./LoginPage.tsx";
import { NotFound } from "./NotFound.tsx";
import { NotifyProvider } from "./notify.tsx";
import { pages } from "./pages.ts";
import { PlaceProvider } from "./place.tsx";
import { SessionProvider, useSession } from "./session.tsx";
import { Shell } from "./Shell.tsx";

export function App() {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <Boundary>
        <SessionProvider loading={<Waiting />} failed={(error, again) => <Failed error={error} again={again} />}>
          <SignedIn />
        </SessionProvider>
      </Boundary>
    </I18nProvider>
  );
}

function SignedIn() {
  const { session } = useSession();
  if (session.caller === null) return <LoginPage />;
  return (
    <NotifyProvider>
      <PlaceProvider loading={<Waiting />} failed={(error, again) => <Failed error={error} again={again} />}>
        <ConfirmProvider>
          <ActionsProvider>
            <Router base={base}>
              <Shell>
                <Routes />
              </Shell>
            </Router>
          </ActionsProvider>
        </ConfirmProvider>
      </PlaceProvider>
    </NotifyProvider>
  );
}

// Made once: a lazy component made while rendering would load, and forget its state, each time.
const routes = pages.map((page) => ({ path: page.path, Component: lazy(page.load) }));

function Routes() {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        {routes.map(({ path, Component }) => (
          <Route key={path} path={path}>
            <Boundary key={path}>
              <Component />
            </Boundary>
          </Route>
        ))}
        <Route path="/">
          <Redirect to="/queries" replace />
        </Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Waiting() {
  return (
    <div className="pixii-waiting" role="status" aria-label="Loading">
      <Spinner size="large" />
    </div>
  );
}

function Failed({ error, again }: { error: unknown; again: () => void }) {
  return (
    <div className="pixii-failed">
      <ErrorBox error={error} again={again} />
    </div>
  );
}
