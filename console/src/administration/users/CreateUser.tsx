import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useGo } from "../../app/navigate.ts";
import { FormDialog } from "../FormDialog.tsx";
import { SecretDialog } from "./Secret.tsx";
import { useAdmin } from "./useAdmin.ts";
import { iamNameFault, type NewKey } from "./users.ts";

export function CreateUser({ onClose, onCreated }: { onClose: () => void; onCreated: () => void }) {
  const [name, setName] = useState("");
  const [isAdministrator, setIsAdministrator] = useState(false);
  const [hasKey, setHasKey] = useState(true);
  const [wasTried, setWasTried] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const { administer, isBusy, error } = useAdmin();
  const go = useGo();
  const fault = iamNameFault(name, 64);
  const finish = () => {
    onCreated();
    onClose();
    go(`/users/${encodeURIComponent(name)}`);
  };
  const create = async () => {
    setWasTried(true);
    if (fault !== undefined) return;
    const body = {
      UserName: name,
      ...(isAdministrator && { IsAdministrator: true }),
      ...(hasKey && { CreateAccessKey: true }),
    };
    const reply = await administer("CreateUser", body, { said: `${name} is created.`, inPlace: true });
    if (reply === undefined) return;
    const key = reply["AccessKey"] as NewKey | undefined;
    if (key === undefined) finish();
    else setMade(key);
  };
  if (made !== null) return <SecretDialog title={`Access key of ${name}`} credentials={made} onClose={finish} />;
  return (
    <FormDialog
      title="Create user"
      action="Create user"
      onClose={onClose}
      onSubmit={() => void create()}
      isBusy={isBusy}
      error={error}
    >
      <FormField label="User name" errorText={wasTried ? fault : undefined}>
        <Input value={name} autoFocus spellcheck={false} onChange={({ detail }) => setName(detail.value.trim())} />
      </FormField>
      <Checkbox checked={hasKey} onChange={({ detail }) => setHasKey(detail.checked)}>
        Make an access key
      </Checkbox>
      <Checkbox
        checked={isAdministrator}
        description="May do everything, with users too. Otherwise the user may do nothing until a policy says so."
        onChange={({ detail }) => setIsAdministrator(detail.checked)}
      >
        Administrator
      </Checkbox>
    </FormDialog>
  );
}
