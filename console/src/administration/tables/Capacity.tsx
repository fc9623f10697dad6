// How a table is billed, what is provisioned, the limits on demand, its class, and auto scaling.

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { Choice } from "../../components/Choice.tsx";
import type { TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { count, time } from "../amounts.ts";
import { Facts } from "../Facts.tsx";
import { UnitsFields } from "../UnitsFields.tsx";
import { useChange } from "../useChange.ts";
import { AutoScaling } from "./AutoScaling.tsx";
import { capacityRequest, capacityOf, type CapacityDraft } from "./capacity.ts";
import { unitsFaults, type Faults } from "./draft.ts";

const classes = [
  { value: "STANDARD", label: "Standard" },
  { value: "STANDARD_INFREQUENT_ACCESS", label: "Standard, infrequent access" },
];

export function Capacity({ table }: { table: TableDescription }) {
  const kept = capacityOf(table);
  // What was saved elsewhere, or has scaled, is where editing begins anew.
  const key = JSON.stringify(kept);
  return (
    <div className={styles["stack"]}>
      <Units key={key} table={table} kept={kept} />
      {kept.billing === "PROVISIONED" && <AutoScaling table={table} />}
      <TableClass table={table} />
      <Warm table={table} />
    </div>
  );
}

function Units({ table, kept }: { table: TableDescription; kept: CapacityDraft }) {
  const [draft, setDraft] = useState(kept);
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy } = useChange();
  const isProvisioned = draft.billing === "PROVISIONED";
  const indexes = Object.keys(draft.indexes);
  const found: Faults = isProvisioned
    ? Object.entries(draft.indexes).reduce(
        (all, [name, units]) => ({ ...all, ...unitsFaults(units, `index ${name}`) }),
        unitsFaults(draft.units, "units"),
      )
    : unitsFaults(draft.limits, "limits", true);
  const faults = wasTried ? found : {};
  const request = capacityRequest(table, kept, draft);
  const save = async () => {
    setWasTried(true);
    if (Object.keys(found).length > 0 || request === undefined) return;
    await change("UpdateTable", request, { said: "The capacity is changed." });
  };
  const since = (table.BillingModeSummary as { LastUpdateToPayPerRequestDateTime?: number } | undefined)
    ?.LastUpdateToPayPerRequestDateTime;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            draft.billing === kept.billing && !isProvisioned && since !== undefined
              ? `On demand since ${time(since)}.`
              : undefined
          }
          actions={
            <Button variant="primary" disabled={request === undefined} loading={isBusy} onClick={() => void save()}>
              Save capacity
            </Button>
          }
        >
          Capacity
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Choice
          label="Capacity mode"
          value={draft.billing}
          options={[
            { id: "PAY_PER_REQUEST", text: "On demand" },
            { id: "PROVISIONED", text: "Provisioned" },
          ]}
          onChange={(billing) => setDraft({ ...draft, billing })}
        />
        {isProvisioned ? (
          <SpaceBetween size="m">
            <UnitsFields
              units={draft.units}
              faults={faults}
              place="units"
              of={table.TableName}
              onChange={(units) => setDraft({ ...draft, units })}
            />
            {indexes.map((name) => (
              <div key={name} role="group" aria-label={`Index ${name}`} className={styles["part"]}>
                <h3>Index {name}</h3>
                <UnitsFields
                  units={draft.indexes[name] ?? draft.units}
                  faults={faults}
                  place={`index ${name}`}
                  of={name}
                  onChange={(units) => setDraft({ ...draft, indexes: { ...draft.indexes, [name]: units } })}
                />
              </div>
            ))}
          </SpaceBetween>
        ) : (
          <UnitsFields
            units={draft.limits}
            faults={faults}
            place="limits"
            labels={["At most, read units each second", "At most, write units each second"]}
            placeholder="No limit"
            of={table.TableName}
            onChange={(limits) => setDraft({ ...draft, limits })}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function TableClass({ table }: { table: TableDescription }) {
  const kept = (table["TableClassSummary"] as { TableClass?: string } | undefined)?.TableClass ?? "STANDARD";
  const [chosen, setChosen] = useState<string | null>(null);
  const { change, isBusy } = useChange();
  const value = chosen ?? kept;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              disabled={value === kept}
              loading={isBusy}
              onClick={() =>
                void change(
                  "UpdateTable",
                  { TableName: table.TableName, TableClass: value },
                  { said: "The class is changed." },
                )
              }
            >
              Save class
            </Button>
          }
        >
          Class
        </Header>
      }
    >
      <FormField label="Table class" description="What storage and requests cost on Amazon; Pixii only keeps it.">
        <Select
          selectedOption={classes.find((one) => one.value === value) ?? null}
          options={classes}
          onChange={({ detail }) => setChosen(detail.selectedOption.value ?? kept)}
        />
      </FormField>
    </Container>
  );
}

interface WarmThroughput {
  ReadUnitsPerSecond?: number;
  WriteUnitsPerSecond?: number;
}

function Warm({ table }: { table: TableDescription }) {
  const own = table["WarmThroughput"] as WarmThroughput | undefined;
  const [units, setUnits] = useState({
    read: String(own?.ReadUnitsPerSecond ?? ""),
    write: String(own?.WriteUnitsPerSecond ?? ""),
  });
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy } = useChange();
  if (own === undefined) return null;
  const faults = unitsFaults(units, "warm");
  const isChanged = units.read !== String(own.ReadUnitsPerSecond) || units.write !== String(own.WriteUnitsPerSecond);
  const save = () => {
    setWasTried(true);
    if (Object.keys(faults).length > 0) return;
    const WarmThroughput = { ReadUnitsPerSecond: Number(units.read), WriteUnitsPerSecond: Number(units.write) };
    void change("UpdateTable", { TableName: table.TableName, WarmThroughput }, { said: "Warm throughput is changed." });
  };
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(({ IndexName, WarmThroughput }): [string, string] => {
    const warm = WarmThroughput as WarmThroughput | undefined;
    return [
      `Index ${IndexName}`,
      `${count(warm?.ReadUnitsPerSecond)} read, ${count(warm?.WriteUnitsPerSecond)} write units`,
    ];
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What the table can serve at once, each second. It can be raised, not lowered."
          actions={
            <Button disabled={!isChanged} loading={isBusy} onClick={save}>
              Save warm throughput
            </Button>
          }
        >
          Warm throughput
        </Header>
      }
    >
      <SpaceBetween size="m">
        <UnitsFields
          units={units}
          faults={wasTried ? faults : {}}
          place="warm"
          labels={["Warm read units", "Warm write units"]}
          of={table.TableName}
          onChange={setUnits}
        />
        {indexes.length > 0 && <Facts facts={indexes} />}
      </SpaceBetween>
    </Container>
  );
}

/** In place of auto scaling where the service has none for this table. */
export function NoScaling({ message }: { message: string }) {
  return (
    <Alert type="info" header="No auto scaling for this table">
      {message}
    </Alert>
  );
}
