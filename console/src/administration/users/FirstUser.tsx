// What a server without users lets happen, and how it is closed: by making its first user.
//
// From that moment on this page's own requests are refused as well. So it signs in with the new key at once, and
// asks nothing else before.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextContent from "@cloudscape-design/components/text-content";
import { useState } from "react";
import { call } from "../../api.ts";
import { FormDialog } from "../FormDialog.tsx";
import { SecretDialog } from "./Secret.tsx";
import { admin } from "./useAdmin.ts";
import { iamNameFault, type NewKey } from "./users.ts";

export function FirstUser() {
  const [isMaking, setIsMaking] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button variant="primary" onClick={() => setIsMaking(true)}>
              Make the first administrator
            </Button>
          }
        >
          There are no users yet
        </Header>
      }
    >
      <TextContent>
        <p>
          This server is open: whoever reaches it may do everything, with any access key. That is fine on a machine of
          your own.
        </p>
        <p>With the first user it closes, at once:</p>
        <ul>
          <li>
            every request must be signed with an access key of a user. Programs that use other keys, as most do with an
            open server, are refused until they are given one;
          </li>
          <li>this console asks to sign in, with an access key and its secret;</li>
          <li>
            the first user is an administrator, who makes the others. The server cannot be opened again from here:
            without the secret, only whoever has its data folder gets in.
          </li>
        </ul>
      </TextContent>
      {isMaking && <MakeFirst onClose={() => setIsMaking(false)} />}
    </Container>
  );
}

function MakeFirst({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("admin");
  const [isSure, setIsSure] = useState(false);
  const [wasTried, setWasTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<NewKey | null>(null);
  const fault = iamNameFault(name, 64);
  const make = async () => {
    setWasTried(true);
    if (fault !== undefined || !isSure) return;
    setIsBusy(true);
    setError(null);
    try {
      const body = { UserName: name, IsAdministrator: true, CreateAccessKey: true };
      const reply = await admin("CreateUser", body);
      const key = reply["AccessKey"] as NewKey;
      setMade(key);
      // Where this fails the page asks to sign in when it is loaded again, with the same key.
      await call("Login", { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }).catch(
        () => undefined,
      );
    } catch (refused) {
      setError(refused);
    }
    setIsBusy(false);
  };
  if (made !== null) {
    return (
      <SecretDialog
        title={`${name} is the first administrator`}
        credentials={made}
        action="Go on, signed in"
        onClose={() => window.location.reload()}
      >
        <Alert type="success">From now on requests to this server must be signed with an access key of a user.</Alert>
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title="Make the first administrator"
      action="Close the server"
      onClose={onClose}
      onSubmit={() => void make()}
      isBusy={isBusy}
      isDisabled={!isSure}
      error={error}
    >
      <SpaceBetween size="m">
        <FormField label="User name" errorText={wasTried ? fault : undefined}>
          <Input value={name} spellcheck={false} onChange={({ detail }) => setName(detail.value.trim())} />
        </FormField>
        <Checkbox checked={isSure} onChange={({ detail }) => setIsSure(detail.checked)}>
          From now on requests must be signed, also those of programs that use this server today
        </Checkbox>
      </SpaceBetween>
    </FormDialog>
  );
}
