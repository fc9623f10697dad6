// Auto scaling of what is provisioned: a table's and its indexes' units follow what is consumed.

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { Refusal, send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import type { TableDescription } from "../../components/tables.ts";
import { useLoad } from "../../components/useLoad.ts";
import shared from "../administration.module.css";
import { useChange } from "../useChange.ts";
import { NoScaling } from "./Capacity.tsx";
import type { Faults } from "./draft.ts";
import { scalingFaults, scalingOf, scalingRequest, type Pair, type Scaling, type Settings } from "./scaling.ts";
import styles from "./tables.module.css";

interface Described {
  Replicas?: {
    RegionName: string;
    ReplicaProvisionedReadCapacityAutoScalingSettings?: Settings;
    ReplicaProvisionedWriteCapacityAutoScalingSettings?: Settings;
    GlobalSecondaryIndexes?: {
      IndexName: string;
      ProvisionedReadCapacityAutoScalingSettings?: Settings;
      ProvisionedWriteCapacityAutoScalingSettings?: Settings;
    }[];
  }[];
}

interface Pairs {
  own: Pair;
  indexes: Record<string, Pair>;
}

function pairsOf(described: Described, region: string): Pairs | undefined {
  const replica = described.Replicas?.find(({ RegionName }) => RegionName === region);
  if (replica === undefined) return undefined;
  const indexes = replica.GlobalSecondaryIndexes ?? [];
  return {
    own: {
      read: scalingOf(replica.ReplicaProvisionedReadCapacityAutoScalingSettings),
      write: scalingOf(replica.ReplicaProvisionedWriteCapacityAutoScalingSettings),
    },
    indexes: Object.fromEntries(
      indexes.map((index) => [
        index.IndexName,
        {
          read: scalingOf(index.ProvisionedReadCapacityAutoScalingSettings),
          write: scalingOf(index.ProvisionedWriteCapacityAutoScalingSettings),
        },
      ]),
    ),
  };
}

export function AutoScaling({ table }: { table: TableDescription }) {
  const { place, region } = usePlace();
  const { TableName } = table;
  const { value, error, reload } = useLoad(`${placeKey(place)} ${TableName} scaling`, async (signal) => {
    const reply = await send(place, "DescribeTableReplicaAutoScaling", { TableName }, { signal });
    return reply["TableAutoScalingDescription"] as Described;
  });
  if (error instanceof Refusal && error.exception === "ValidationException") {
    return <NoScaling message={`${error.message} On Pixii, the option --scale-any-table lets every table scale.`} />;
  }
  if (error !== undefined) return <ErrorBox error={error} again={reload} />;
  if (value === undefined) return null;
  const pairs = pairsOf(value, region);
  if (pairs === undefined) return <NoScaling message="It is kept for tables with replicas." />;
  return <Form key={JSON.stringify(pairs)} table={table} kept={pairs} onSaved={reload} />;
}

function Form({ table, kept, onSaved }: { table: TableDescription; kept: Pairs; onSaved: () => void }) {
  const { region } = usePlace();
  const [pairs, setPairs] = useState(kept);
  const [wasTried, setWasTried] = useState(false);
  const { change, isBusy } = useChange();
  const rows: [name: string, place: string, scaling: Scaling, set: (scaling: Scaling) => Pairs][] = [
    ...(["read", "write"] as const).map((side): (typeof rows)[number] => [
      `Table, ${side} units`,
      `own ${side}`,
      pairs.own[side],
      (scaling) => ({ ...pairs, own: { ...pairs.own, [side]: scaling } }),
    ]),
    ...Object.entries(pairs.indexes).flatMap(([name, pair]) =>
      (["read", "write"] as const).map((side): (typeof rows)[number] => [
        `Index ${name}, ${side} units`,
        `${name} ${side}`,
        pair[side],
        (scaling) => ({ ...pairs, indexes: { ...pairs.indexes, [name]: { ...pair, [side]: scaling } } }),
      ]),
    ),
  ];
  const found = rows.reduce<Faults>((all, [, place, scaling]) => ({ ...all, ...scalingFaults(scaling, place) }), {});
  const save = async () => {
    setWasTried(true);
    if (Object.keys(found).length > 0) return;
    const request = scalingRequest(table.TableName, region, pairs.own, pairs.indexes);
    const done = await change("UpdateTableReplicaAutoScaling", request, { said: "Auto scaling is changed." });
    if (done !== undefined) onSaved();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Provisioned units follow what is consumed, between the least and the most. Writes scale alike in all Regions."
          actions={
            <Button
              disabled={JSON.stringify(pairs) === JSON.stringify(kept)}
              loading={isBusy}
              onClick={() => void save()}
            >
              Save auto scaling
            </Button>
          }
        >
          Auto scaling
        </Header>
      }
    >
      {rows.map(([name, place, scaling, set]) => (
        <Row
          key={place}
          name={name}
          scaling={scaling}
          faults={wasTried ? found : {}}
          place={place}
          onChange={(next) => setPairs(set(next))}
        />
      ))}
    </Container>
  );
}

function Row({
  name,
  scaling,
  faults,
  place,
  onChange,
}: {
  name: string;
  scaling: Scaling;
  faults: Faults;
  place: string;
  onChange: (scaling: Scaling) => void;
}) {
  const fields = [
    ["min", "Least"],
    ["max", "Most"],
    ["target", "Target, per cent"],
  ] as const;
  return (
    <div className={styles["scaling"]} role="group" aria-label={name}>
      <Checkbox checked={scaling.isOn} onChange={({ detail }) => onChange({ ...scaling, isOn: detail.checked })}>
        {name}
      </Checkbox>
      {scaling.isOn && (
        <div className={shared["fields"]}>
          {fields.map(([field, label]) => (
            <FormField key={field} label={label} errorText={faults[`${place} ${field}`]}>
              <Input
                value={scaling[field]}
                inputMode="numeric"
                ariaLabel={`${label} of ${name}`}
                onChange={({ detail }) => onChange({ ...scaling, [field]: detail.value.trim() })}
              />
            </FormField>
          ))}
        </div>
      )}
    </div>
  );
}
