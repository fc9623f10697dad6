// Point-in-time recovery of a table: whether it is on, for how many days, and what can be restored.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { useGo } from "../../app/navigate.ts";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { counted, time } from "../amounts.ts";
import styles from "../administration.module.css";
import { Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { useChange } from "../useChange.ts";
import { useWhile } from "../useWhile.ts";
import { useRecovery } from "./useRecovery.ts";

const DAYS_MAX = 35;

export function ContinuousBackups({ table }: { table: string }) {
  const { value, error, reload } = useRecovery(table);
  const [typed, setTyped] = useState<string | null>(null);
  const { change, isBusy } = useChange();
  const confirm = useConfirm();
  const go = useGo();
  // The latest restorable time moves on.
  useWhile(value?.isOn === true, 5000, reload);
  const days = typed ?? String(value?.days ?? DAYS_MAX);
  const isWrong = !/^\d{1,2}$/.test(days) || Number(days) < 1 || DAYS_MAX < Number(days);
  const set = async (specification: object, said: string) => {
    const request = { TableName: table, PointInTimeRecoverySpecification: specification };
    if ((await change("UpdateContinuousBackups", request, { said })) === undefined) return;
    setTyped(null);
    reload();
  };
  const turnOn = (said: string) =>
    void set({ PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: Number(days) }, said);
  const turnOff = async () => {
    const isSure = await confirm({
      title: `Turn off recovery of ${table}?`,
      body: "What could be restored until now is gone. Backups stay.",
      action: "Turn off",
    });
    if (isSure) await set({ PointInTimeRecoveryEnabled: false }, "Point-in-time recovery is off.");
  };
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  const isOn = value?.isOn === true;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="While it is on, the table can be restored as it was at any second of the last days."
          actions={
            <div className={styles["row"]}>
              {isOn && (
                <Button loading={isBusy} onClick={() => void turnOff()}>
                  Turn off
                </Button>
              )}
              {isOn && (
                <Button variant="primary" onClick={() => go("/backups/restore", { table })}>
                  Restore to a point in time
                </Button>
              )}
            </div>
          }
        >
          Point-in-time recovery
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Facts
          facts={[
            ["State", <Status key="state" value={value === undefined ? undefined : isOn ? "ENABLED" : "DISABLED"} />],
            ["Kept", isOn && value.days !== undefined ? counted(value.days, "day") : undefined],
            ["Earliest restorable time", isOn ? time(value.whole?.earliest) : undefined],
            ["Latest restorable time", isOn ? time(value.whole?.latest) : undefined],
          ]}
        />
        {value !== undefined && (
          <div className={styles["row"]}>
            <FormField
              label="Days to keep"
              constraintText={`1 to ${DAYS_MAX}`}
              errorText={isWrong ? `Enter 1 to ${DAYS_MAX}.` : undefined}
            >
              <Input value={days} inputMode="numeric" onChange={({ detail }) => setTyped(detail.value.trim())} />
            </FormField>
            {isOn ? (
              <Button
                loading={isBusy}
                disabled={isWrong || Number(days) === value.days}
                onClick={() => turnOn("The recovery period is changed.")}
              >
                Save period
              </Button>
            ) : (
              <Button
                variant="primary"
                loading={isBusy}
                disabled={isWrong}
                onClick={() => turnOn("Point-in-time recovery is on.")}
              >
                Turn on
              </Button>
            )}
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}
