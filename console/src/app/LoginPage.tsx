import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { call, describe } from "../api.ts";
import { Wordmark } from "./Logo.tsx";
import { useSession } from "./session.tsx";

/** Signing in: with an access key, as every client of the database does. */
export function LoginPage() {
  const { session, signedIn } = useSession();
  const [accessKeyId, setAccessKeyId] = useState("");
  const [secretAccessKey, setSecretAccessKey] = useState("");
  const [sessionToken, setSessionToken] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [wasTried, setWasTried] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Pixii";
  }, []);

  const missing = (value: string, what: string) => (wasTried && value.trim() === "" ? `Enter the ${what}.` : undefined);
  const signIn = async () => {
    setWasTried(true);
    if (accessKeyId.trim() === "" || secretAccessKey.trim() === "") return;
    setIsBusy(true);
    setError(null);
    try {
      const token = sessionToken.trim();
      const keys = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
      signedIn(await call("Login", token === "" ? keys : { ...keys, sessionToken: token }));
    } catch (fault) {
      setError(fault);
      setIsBusy(false);
    }
  };

  return (
    <main className="pixii-login">
      <form
        className="pixii-login-card"
        aria-label="Sign in"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <SpaceBetween size="l">
          <div className="pixii-login-head">
            <Wordmark />
            <h1>Sign in</h1>
            <p>With an access key of this server.</p>
          </div>
          {error !== null && (
            <div role="alert">
              <Alert type="error" header={describe(error).title}>
                {describe(error).message}
              </Alert>
            </div>
          )}
          <FormField label="Access key ID" errorText={missing(accessKeyId, "access key ID")}>
            <Input
              value={accessKeyId}
              onChange={({ detail }) => setAccessKeyId(detail.value)}
              autoComplete="username"
              autoFocus
              spellcheck={false}
              name="access-key-id"
            />
          </FormField>
          <FormField label="Secret access key" errorText={missing(secretAccessKey, "secret access key")}>
            <Input
              type="password"
              value={secretAccessKey}
              onChange={({ detail }) => setSecretAccessKey(detail.value)}
              autoComplete="current-password"
              name="secret-access-key"
            />
          </FormField>
          <ExpandableSection headerText="Temporary credentials">
            <FormField label="Session token" description="Needed with access keys that begin with ASIA.">
              <Input
                type="password"
                value={sessionToken}
                onChange={({ detail }) => setSessionToken(detail.value)}
                autoComplete="off"
              />
            </FormField>
          </ExpandableSection>
          <Button variant="primary" formAction="submit" loading={isBusy} fullWidth>
            Sign in
          </Button>
          <p className="pixii-login-foot">
            Keys are made with <code>pixii user create</code>. Version {session.version}
          </p>
        </SpaceBetween>
      </form>
    </main>
  );
}
