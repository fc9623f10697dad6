// Contributor insights of a table and its global indexes: which keys are used, and throttled, most.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState, type CSSProperties } from "react";
import { call, send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { Choice } from "../../components/Choice.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import type { TableDescription } from "../../components/tables.ts";
import { useLoad } from "../../components/useLoad.ts";
import styles from "../administration.module.css";
import { amount, time } from "../amounts.ts";
import { Facts } from "../Facts.tsx";
import { Chart } from "../metrics/Chart.tsx";
import plots from "../metrics/metrics.module.css";
import { isPassing, Status } from "../Status.tsx";
import { keyText } from "../streams/values.ts";
import { useChange } from "../useChange.ts";
import { useWhile } from "../useWhile.ts";
import own from "./insights.module.css";
import { pointsOf, queryOf, titleOf, unitOf, type Report, type Rule } from "./report.ts";

type Mode = "ACCESSED_AND_THROTTLED_KEYS" | "THROTTLED_KEYS";

interface Described {
  ContributorInsightsStatus?: string;
  ContributorInsightsMode?: Mode;
  LastUpdateDateTime?: number;
}

export function Insights({ table }: { table: TableDescription }) {
  const [index, setIndex] = useState("");
  const targets = [
    { value: "", label: `Table ${table.TableName}` },
    ...(table.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => ({ value: IndexName, label: `Index ${IndexName}` })),
  ];
  return (
    <div className={styles["stack"]}>
      {targets.length > 1 && (
        <div className={own["target"]}>
          <Select
            ariaLabel="Insights of"
            selectedOption={targets.find(({ value }) => value === index) ?? null}
            options={targets}
            onChange={({ detail }) => setIndex(detail.selectedOption.value ?? "")}
          />
        </div>
      )}
      <Target key={index} table={table.TableName} index={index === "" ? null : index} />
    </div>
  );
}

function Target({ table, index }: { table: string; index: string | null }) {
  const { place, connection } = usePlace();
  const [mode, setMode] = useState<Mode>("ACCESSED_AND_THROTTLED_KEYS");
  const { change, isBusy } = useChange();
  const target = { TableName: table, ...(index !== null && { IndexName: index }) };
  const key = `${placeKey(place)} ${table} ${index ?? ""} insights`;
  const { value, error, reload } = useLoad<Described>(key, (signal) =>
    send(place, "DescribeContributorInsights", target, { signal }),
  );
  const status = value?.ContributorInsightsStatus;
  useWhile(isPassing(status), 1500, reload);
  const isOn = status === "ENABLED" || status === "ENABLING";
  const set = async (action: "ENABLE" | "DISABLE", said: string) => {
    const request = {
      ...target,
      ContributorInsightsAction: action,
      ...(action === "ENABLE" && { ContributorInsightsMode: mode }),
    };
    if ((await change("UpdateContributorInsights", request, { said })) !== undefined) reload();
  };
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  return (
    <>
      <Container
        header={
          <Header
            variant="h2"
            description="Counts which keys are used and throttled most, in bounded memory."
            actions={
              value !== undefined && (
                <Button
                  variant={isOn ? "normal" : "primary"}
                  loading={isBusy}
                  onClick={() => void (isOn ? set("DISABLE", "Insights are off.") : set("ENABLE", "Insights are on."))}
                >
                  {isOn ? "Turn off" : "Turn on"}
                </Button>
              )
            }
          >
            Contributor insights
          </Header>
        }
      >
        <SpaceBetween size="m">
          <Facts
            facts={[
              ["State", <Status key="state" value={value === undefined ? undefined : (status ?? "DISABLED")} />],
              [
                "Counts",
                isOn
                  ? value?.ContributorInsightsMode === "THROTTLED_KEYS"
                    ? "Throttled keys"
                    : "Used and throttled keys"
                  : undefined,
              ],
              ["Changed", value?.LastUpdateDateTime === undefined ? undefined : time(value.LastUpdateDateTime)],
            ]}
          />
          {value !== undefined && !isOn && (
            <Choice
              label="What is counted"
              value={mode}
              options={[
                { id: "ACCESSED_AND_THROTTLED_KEYS", text: "Used and throttled keys" },
                { id: "THROTTLED_KEYS", text: "Throttled keys only" },
              ]}
              onChange={setMode}
            />
          )}
        </SpaceBetween>
      </Container>
      {isOn &&
        (connection.kind === "local" ? (
          <Found table={table} index={index} />
        ) : (
          <p className={styles["lead"]}>Amazon shows what was found in CloudWatch.</p>
        ))}
    </>
  );
}

const windows = [
  { id: "60", text: "1 hour" },
  { id: "180", text: "3 hours" },
  { id: "1440", text: "1 day" },
] as const;

function Found({ table, index }: { table: string; index: string | null }) {
  const { place, region } = usePlace();
  const [minutes, setMinutes] = useState<(typeof windows)[number]["id"]>("60");
  const query = queryOf({ table, index, minutes: Number(minutes), region, account: place.account });
  const { value, error, reload } = useLoad(query, async (signal) => ({
    report: (await call("Insights", { query }, signal)) as Report,
    now: Date.now() / 1000,
  }));
  useWhile(true, 5000, reload);
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  return (
    <>
      <div className={styles["row"]}>
        <Choice label="Time shown" value={minutes} options={[...windows]} onChange={setMinutes} />
      </div>
      {value === undefined ? (
        <Status value={undefined} />
      ) : (
        value.report.Rules.map((rule) => (
          <Container
            key={rule.RuleName}
            header={
              <Header variant="h2" description={`${amount(rule.Total)} ${unitOf(rule)} of all keys in this time.`}>
                {titleOf(rule)}
              </Header>
            }
          >
            <div className={plots["grid"]}>
              <Contributors rule={rule} />
              {rule.Total > 0 && (
                <Chart
                  title={`${titleOf(rule)} over time`}
                  unit={`${unitOf(rule)} each minute`}
                  points={pointsOf(rule, Number(minutes), value.now)}
                />
              )}
            </div>
          </Container>
        ))
      )}
    </>
  );
}

const SHOWN_MAX = 10;

function Contributors({ rule }: { rule: Rule }) {
  const { Contributors: found } = rule;
  const most = found[0]?.Value ?? 0;
  if (found.length === 0) return <p className={styles["muted"]}>No key was counted in this time.</p>;
  return (
    <ol className={own["bars"]} aria-label={titleOf(rule)}>
      {found.slice(0, SHOWN_MAX).map(({ Key, Value, ErrorMax }) => (
        <li key={keyText(Key)}>
          <code>{keyText(Key)}</code>
          <strong>
            {amount(Value)} {ErrorMax > 0 && <small>(at most {amount(ErrorMax)} too many)</small>}
          </strong>
          <span
            className={own["bar"]}
            style={{ "--share": most === 0 ? 0 : Value / most } as CSSProperties}
            aria-hidden="true"
          />
        </li>
      ))}
    </ol>
  );
}
