// The shards of a stream as trees: one that is closed is followed by its children.

import Button from "@cloudscape-design/components/button";
import { useCallback } from "react";
import { send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { counted, time } from "../amounts.ts";
import { Status } from "../Status.tsx";
import { useWhile } from "../useWhile.ts";
import { began, isOpen, tree, type Branch } from "./shards.ts";
import own from "./streams.module.css";
import { shardsOf } from "./tail.ts";

export function ShardTree({ arn }: { arn: string }) {
  const { place } = usePlace();
  const ask = useCallback(
    (signal: AbortSignal) => (command: string, request: object) => send(place, command, request, { signal }),
    [place],
  );
  const { value, error, isLoading, reload } = useLoad(`${placeKey(place)} ${arn} shards`, (signal) =>
    shardsOf(ask(signal), arn),
  );
  useWhile(true, 10_000, reload);
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  if (value === undefined) return <Status value={undefined} />;
  return (
    <div className={styles["stack"]}>
      <div className={styles["row"]}>
        <span className={styles["muted"]}>
          {counted(value.length, "shard")}, {value.filter(isOpen).length} open
        </span>
        <Button iconName="refresh" ariaLabel="Ask again" loading={isLoading} onClick={reload} />
      </div>
      <Branches branches={tree(value)} label="Shards" />
    </div>
  );
}

function Branches({ branches, label }: { branches: Branch[]; label: string }) {
  return (
    <ul className={label === "Shards" ? own["shards"] : undefined} aria-label={label}>
      {branches.map(({ shard, children }) => {
        const { StartingSequenceNumber: first, EndingSequenceNumber: last } = shard.SequenceNumberRange ?? {};
        return (
          <li key={shard.ShardId}>
            <div>
              <code>{shard.ShardId}</code>
              <span className={styles["tag"]} data-kind={isOpen(shard) ? undefined : "quiet"}>
                {isOpen(shard) ? "open" : "closed"}
              </span>
              <span className={styles["muted"]}>
                since {time(began(shard))} · {first ?? "?"} {last === undefined ? "and on" : `to ${last}`}
              </span>
            </div>
            {children.length > 0 && <Branches branches={children} label={`After ${shard.ShardId}`} />}
          </li>
        );
      })}
    </ul>
  );
}
