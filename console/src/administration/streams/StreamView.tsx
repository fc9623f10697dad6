// One stream: its records as they come, and its shards.

import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Tabs from "@cloudscape-design/components/tabs";
import { useMemo, useState } from "react";
import { useGo } from "../../app/navigate.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { send } from "../../api.ts";
import { Choice } from "../../components/Choice.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { PageFrame } from "../../components/PageFrame.tsx";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { count, counted, time } from "../amounts.ts";
import { Copied, Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { allEvents, filtered, type EventName } from "./filter.ts";
import { RecordEntry } from "./RecordEntry.tsx";
import { ShardTree } from "./ShardTree.tsx";
import own from "./streams.module.css";
import type { Start } from "./tail.ts";
import { RECORDS_MAX, useTail } from "./useTail.ts";

interface Described {
  StreamStatus?: string;
  StreamViewType?: string;
  TableName?: string;
  CreationRequestDateTime?: number;
}

export function StreamView({ arn }: { arn: string }) {
  const { place } = usePlace();
  const go = useGo();
  const [tab, setTab] = useState("live");
  const table = /:table\/([^/]+)\/stream\//.exec(arn)?.[1] ?? "";
  const { value, error, reload } = useLoad(`${placeKey(place)} ${arn}`, async (signal) => {
    const reply = await send(place, "DescribeStream", { StreamArn: arn, Limit: 1 }, { signal });
    return reply["StreamDescription"] as Described;
  });
  return (
    <PageFrame
      isWide
      title={`Stream of ${table}`}
      actions={
        <div className={styles["row"]}>
          <Button onClick={() => go("/streams")}>All streams</Button>
          <Button onClick={() => go(`/tables/${encodeURIComponent(table)}`, { tab: "stream" })}>Table</Button>
        </div>
      }
    >
      {error !== undefined ? (
        <ErrorBox error={error} again={reload} />
      ) : (
        <div className={styles["stack"]}>
          <Facts
            facts={[
              ["State", <Status key="state" value={value?.StreamStatus} />],
              ["Records show", value?.StreamViewType?.replaceAll("_", " ").toLowerCase()],
              ["Since", time(value?.CreationRequestDateTime)],
              ["ARN", <Copied key="arn" text={arn} label="Copy the ARN" />, true],
            ]}
          />
          <Tabs
            ariaLabel="Parts of the stream"
            activeTabId={tab}
            onChange={({ detail }) => setTab(detail.activeTabId)}
            tabs={[
              // It goes on being read while shards are looked at.
              { id: "live", label: "Live", content: <Live arn={arn} />, contentRenderStrategy: "eager" },
              { id: "shards", label: "Shards", content: tab === "shards" && <ShardTree arn={arn} /> },
            ]}
          />
        </div>
      )}
    </PageFrame>
  );
}

const starts: { id: Start; text: string }[] = [
  { id: "LATEST", text: "From now on" },
  { id: "TRIM_HORIZON", text: "From the beginning" },
];
const eventTexts: Record<EventName, string> = { INSERT: "Insert", MODIFY: "Modify", REMOVE: "Remove" };

function Live({ arn }: { arn: string }) {
  const [start, setStart] = useState<Start>("LATEST");
  const [isPaused, setIsPaused] = useState(false);
  const [round, setRound] = useState(0);
  const [text, setText] = useState("");
  const [events, setEvents] = useState<readonly EventName[]>(allEvents);
  const { records, dropped, reading, error, clear } = useTail(arn, start, isPaused, round);
  const shown = useMemo(() => filtered(records, { text, events }), [records, text, events]);
  const state = error !== null ? "error" : isPaused;
  const toggle = (event: EventName) =>
    setEvents((now) => (now.includes(event) ? now.filter((one) => one !== event) : [...now, event]));
  return (
    <div className={styles["stack"]}>
      <div className={own["bar"]}>
        <Choice label="Start" value={start} options={starts} onChange={setStart} />
        <Button iconName={isPaused ? "play" : "pause"} onClick={() => setIsPaused(!isPaused)}>
          {isPaused ? "Go on" : "Pause"}
        </Button>
        <Button iconName="remove" disabled={records.length === 0} onClick={clear}>
          Clear
        </Button>
        <div className={own["search"]}>
          <Input
            type="search"
            ariaLabel="Find records"
            placeholder="Find in keys and values"
            clearAriaLabel="Clear the search"
            value={text}
            onChange={({ detail }) => setText(detail.value)}
          />
        </div>
        <div className={own["events"]} role="group" aria-label="Kinds of changes">
          {allEvents.map((event) => (
            <button
              key={event}
              type="button"
              className={own["event"]}
              aria-pressed={events.includes(event)}
              onClick={() => toggle(event)}
            >
              {eventTexts[event]}
            </button>
          ))}
        </div>
        <span className={own["live"]} data-is-paused={state} role="status" aria-label="State of the tail">
          {error !== null ? "Stopped" : isPaused ? "Paused" : `Reads ${counted(reading, "shard")}`}
          {records.length > 0 && ` · ${count(records.length + dropped)} records`}
          {shown.length !== records.length && `, ${count(shown.length)} shown`}
        </span>
      </div>
      {error !== null && <ErrorBox error={error} again={() => setRound(round + 1)} />}
      {shown.length === 0 ? (
        error === null && (
          <p className={own["none"]}>
            {records.length > 0
              ? "No record fits the filter."
              : start === "LATEST"
                ? "Records show here as items are written, changed or deleted."
                : "There are no records yet."}
          </p>
        )
      ) : (
        <ol className={own["records"]} aria-label="Records, the newest first">
          {shown.map(({ record, shard }) => (
            <RecordEntry key={`${shard} ${record.dynamodb.SequenceNumber}`} record={record} shard={shard} />
          ))}
        </ol>
      )}
      {dropped > 0 && (
        <p className={styles["lead"]}>
          The newest {count(RECORDS_MAX)} records are kept; {counted(dropped, "older one is", "older ones are")} not
          shown any more.
        </p>
      )}
    </div>
  );
}
