import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";
import { ApiError } from "../../api.ts";
import { address, useFollow } from "../../app/navigate.ts";
import { useSession } from "../../app/session.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { time } from "../amounts.ts";
import { ListTable, type Column } from "../ListTable.tsx";
import { CreateUser } from "./CreateUser.tsx";
import { FirstUser } from "./FirstUser.tsx";
import { admin } from "./useAdmin.ts";
import type { User } from "./users.ts";

/** All users of the caller's account. */
export function UserList() {
  const { session } = useSession();
  const [isCreating, setIsCreating] = useState(false);
  const { value, error, isLoading, reload } = useLoad("users", async (signal) => {
    const reply = await admin("ListUsers", {}, signal);
    return reply["Users"] as User[];
  });
  if (error instanceof ApiError && error.code === "Denied") {
    return (
      <Alert type="info" header="You may not see the users">
        {error.message}
      </Alert>
    );
  }
  if (session.isOpen) return <FirstUser />;
  return (
    <>
      <ListTable
        title="Users"
        items={value}
        columns={columns}
        trackBy={({ UserName }) => UserName}
        searched={({ UserName, Tags = [] }) => [UserName, ...Tags.flatMap(({ Key, Value }) => [Key, Value])].join(" ")}
        search="Find a user"
        noun="user"
        isLoading={isLoading}
        error={error}
        again={reload}
        actions={
          <Button variant="primary" onClick={() => setIsCreating(true)}>
            Create user
          </Button>
        }
        empty={<p>There are none: whoever has the server’s own credentials is root.</p>}
      />
      {isCreating && <CreateUser onClose={() => setIsCreating(false)} onCreated={reload} />}
    </>
  );
}

const columns: Column<User>[] = [
  {
    id: "name",
    header: "Name",
    minWidth: 160,
    by: ({ UserName }) => UserName,
    cell: ({ UserName }) => <UserLink name={UserName} />,
  },
  {
    id: "tags",
    header: "Tags",
    minWidth: 160,
    cell: ({ Tags = [] }) =>
      Tags.length === 0 ? (
        "–"
      ) : (
        <span className={styles["tags"]}>
          {Tags.map(({ Key, Value }) => (
            <span key={Key} className={styles["tag"]} data-kind="quiet">
              {Key}: {Value}
            </span>
          ))}
        </span>
      ),
  },
  {
    id: "created",
    header: "Created",
    minWidth: 180,
    by: ({ CreateDate }) => CreateDate,
    cell: ({ CreateDate }) => time(CreateDate),
  },
  { id: "arn", header: "ARN", minWidth: 280, cell: ({ Arn }) => <span className={styles["mono"]}>{Arn}</span> },
];

function UserLink({ name }: { name: string }) {
  const follow = useFollow();
  return (
    <Link href={address(`/users/${encodeURIComponent(name)}`)} onFollow={follow}>
      {name}
    </Link>
  );
}
