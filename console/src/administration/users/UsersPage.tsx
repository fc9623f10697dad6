// Who may ask this server: users, a simulator of policies, and credentials for a while.

import Alert from "@cloudscape-design/components/alert";
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "wouter";
import { usePlace } from "../../app/place.tsx";
import { useSession } from "../../app/session.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { SessionCredentials } from "./SessionCredentials.tsx";
import { Simulator } from "./Simulator.tsx";
import { UserList } from "./UserList.tsx";

export default function UsersPage() {
  const { connection } = usePlace();
  const { session } = useSession();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("tab");
  const active = wanted === "simulator" || wanted === "session" ? wanted : "users";
  return (
    <PageFrame
      isWide
      title="Users"
      description="Who may ask this server, and for what. Changes count from the next request on."
    >
      {connection.kind === "remote" && (
        <Alert type="info">Users are those of this Pixii, not of “{connection.name}”.</Alert>
      )}
      <Tabs
        ariaLabel="Users and policies"
        activeTabId={active}
        onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
        tabs={[
          { id: "users", label: "Users", content: active === "users" && <UserList /> },
          { id: "simulator", label: "Policy simulator", content: active === "simulator" && <Simulator /> },
          {
            id: "session",
            label: "Session credentials",
            content: active === "session" && <SessionCredentials isOpen={session.isOpen} />,
          },
        ]}
      />
    </PageFrame>
  );
}
