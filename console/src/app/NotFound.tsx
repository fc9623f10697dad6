import Link from "@cloudscape-design/components/link";
import { PageFrame } from "../components/PageFrame.tsx";
import { address, useFollow } from "./navigate.ts";

export function NotFound() {
  const follow = useFollow();
  return (
    <PageFrame title="There is no such page">
      <p>
        Go to{" "}
        <Link href={address("/queries")} onFollow={follow}>
          Queries
        </Link>
        .
      </p>
    </PageFrame>
  );
}
