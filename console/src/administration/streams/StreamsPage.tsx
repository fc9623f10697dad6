// Streams of changes: `?stream=ARN` follows one, `?table=NAME` lists those of a table.

import Link from "@cloudscape-design/components/link";
import Button from "@cloudscape-design/components/button";
import { useSearchParams } from "wouter";
import { send } from "../../api.ts";
import { address, useFollow, useGo } from "../../app/navigate.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { useLoad } from "../../components/useLoad.ts";
import { TextButton } from "../TextButton.tsx";
import styles from "../administration.module.css";
import { ListTable, type Column } from "../ListTable.tsx";
import { StreamView } from "./StreamView.tsx";

interface Listed {
  StreamArn: string;
  StreamLabel: string;
  TableName: string;
}

const STREAMS_MAX = 2000;

export default function StreamsPage() {
  const [search] = useSearchParams();
  const stream = search.get("stream");
  return stream === null ? <List table={search.get("table")} /> : <StreamView key={stream} arn={stream} />;
}

function List({ table }: { table: string | null }) {
  const { place } = usePlace();
  const go = useGo();
  const { value, error, isLoading, reload } = useLoad(`${placeKey(place)} ${table ?? ""} streams`, async (signal) => {
    const streams: Listed[] = [];
    let start: unknown;
    do {
      const request = {
        ...(table !== null && { TableName: table }),
        ...(start !== undefined && { ExclusiveStartStreamArn: start }),
      };
      const reply = await send(place, "ListStreams", request, { signal });
      streams.push(...(reply["Streams"] as Listed[]));
      start = reply["LastEvaluatedStreamArn"];
    } while (start !== undefined && streams.length < STREAMS_MAX);
    return streams;
  });
  return (
    <PageFrame
      isWide
      title={table === null ? "Streams" : `Streams of ${table}`}
      description="A stream has each change of an item as a record, in order, for a day. It is turned on with the table’s settings."
      actions={
        <div className={styles["row"]}>
          {table !== null && <Button onClick={() => go("/streams")}>All streams</Button>}
          <Button iconName="refresh" ariaLabel="Ask again" onClick={reload} loading={isLoading} />
        </div>
      }
    >
      <ListTable
        hasNoHeading
        title="Streams"
        items={value}
        columns={columns}
        trackBy={({ StreamArn }) => StreamArn}
        searched={({ TableName, StreamLabel }) => `${TableName} ${StreamLabel}`}
        search="Find a stream"
        noun="stream"
        isLoading={isLoading}
        error={error}
        again={reload}
        empty={
          <>
            <p>There are no streams. Turn one on: choose a table, then Stream.</p>
            <Button onClick={() => go("/tables")}>Tables</Button>
          </>
        }
      />
    </PageFrame>
  );
}

const columns: Column<Listed>[] = [
  {
    id: "label",
    header: "Since",
    minWidth: 220,
    by: ({ StreamLabel }) => StreamLabel,
    cell: ({ StreamArn, StreamLabel }) => <StreamLink arn={StreamArn} label={StreamLabel} />,
  },
  { id: "table", header: "Table", minWidth: 160, by: ({ TableName }) => TableName, cell: ({ TableName }) => TableName },
  {
    id: "actions",
    header: "Actions",
    minWidth: 120,
    cell: ({ StreamArn, TableName }) => <Follow arn={StreamArn} table={TableName} />,
  },
];

function StreamLink({ arn, label }: { arn: string; label: string }) {
  const follow = useFollow();
  return (
    <Link href={address("/streams", { stream: arn })} onFollow={follow}>
      {label}
    </Link>
  );
}

function Follow({ arn, table }: { arn: string; table: string }) {
  const go = useGo();
  return (
    <TextButton ariaLabel={`Follow live the stream of ${table}`} onClick={() => go("/streams", { stream: arn })}>
      Follow live
    </TextButton>
  );
}
