// What a table is, and what its items look like.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useEffect, useRef, useState } from "react";
import { send } from "../../api.ts";
import { usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import type { TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { bytes, count, counted, time } from "../amounts.ts";
import { Copied, Facts } from "../Facts.tsx";
import { ListTable, type Column as TableColumn } from "../ListTable.tsx";
import { Status } from "../Status.tsx";
import type { Image } from "../streams/values.ts";
import { billing, isOnDemand, Keys } from "./keys.tsx";
import { columns, typeName, type Column } from "./structure.ts";

export function Overview({ table }: { table: TableDescription }) {
  const { KeySchema, AttributeDefinitions } = table;
  const units = table.ProvisionedThroughput;
  const replicas = table.Replicas ?? [];
  const tableClass = (table["TableClassSummary"] as { TableClass?: string } | undefined)?.TableClass;
  return (
    <div className={styles["stack"]}>
      <Container header={<Header variant="h2">Table</Header>}>
        <Facts
          facts={[
            ["Partition key", <Keys key="hash" schema={KeySchema} type="HASH" definitions={AttributeDefinitions} />],
            ["Sort key", <Keys key="range" schema={KeySchema} type="RANGE" definitions={AttributeDefinitions} />],
            ["Items", count(table.ItemCount)],
            ["Size", bytes(table.TableSizeBytes)],
            ["Capacity", billing(table)],
            [
              "Provisioned",
              isOnDemand(table)
                ? undefined
                : `${count(units?.ReadCapacityUnits)} read, ${count(units?.WriteCapacityUnits)} write units`,
            ],
            ["Class", tableClass === "STANDARD_INFREQUENT_ACCESS" ? "Standard, infrequent access" : "Standard"],
            ["Global indexes", count(table.GlobalSecondaryIndexes?.length ?? 0)],
            ["Local indexes", count(table.LocalSecondaryIndexes?.length ?? 0)],
            ["Stream", table.StreamSpecification?.StreamEnabled === true ? "On" : "Off"],
            ["Replicas", replicas.length === 0 ? "–" : replicas.map(({ RegionName }) => RegionName).join(", ")],
            ["Protected against deletion", table.DeletionProtectionEnabled === true ? "Yes" : "No"],
            ["Created", time(table.CreationDateTime)],
            ["Status", <Status key="status" value={table.TableStatus} />],
            ["ARN", <Copied key="arn" text={table.TableArn} label="Copy the ARN" />, true],
            ["ID", typeof table["TableId"] === "string" ? <code key="id">{table["TableId"]}</code> : undefined, true],
            ["Restored", restored(table), true],
          ]}
        />
      </Container>
      <Structure key={table.TableName} table={table} />
    </div>
  );
}

function restored(table: TableDescription): string | undefined {
  const summary = table["RestoreSummary"] as
    { RestoreDateTime?: number; SourceTableArn?: string; RestoreInProgress?: boolean } | undefined;
  if (summary === undefined) return undefined;
  const source = summary.SourceTableArn?.split("/").at(-1) ?? "another table";
  const state = summary.RestoreInProgress === true ? " The restore is under way." : "";
  return `From ${source}, as of ${time(summary.RestoreDateTime)}.${state}`;
}

const SAMPLE_ITEMS = 50;

interface Sample {
  columns: Column[];
  items: number;
  units: number;
}

function Structure({ table }: { table: TableDescription }) {
  const { place } = usePlace();
  const [sample, setSample] = useState<Sample | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const look = async () => {
    stop.current = new AbortController();
    setIsBusy(true);
    setError(null);
    try {
      const request = { TableName: table.TableName, Limit: SAMPLE_ITEMS, ReturnConsumedCapacity: "TOTAL" };
      const reply = await send(place, "Scan", request, { signal: stop.current.signal });
      const items = reply["Items"] as Image[];
      const consumed = reply["ConsumedCapacity"] as { CapacityUnits?: number } | undefined;
      const keys = table.KeySchema.map(({ AttributeName }) => AttributeName);
      setSample({ columns: columns(items, keys), items: items.length, units: consumed?.CapacityUnits ?? 0 });
    } catch (fault) {
      if (!stop.current.signal.aborted) setError(fault);
    }
    setIsBusy(false);
  };
  if (error !== null) return <ErrorBox error={error} again={() => void look()} />;
  const said =
    sample === null
      ? `DynamoDB knows the keys only. A Scan of ${SAMPLE_ITEMS} items shows what else there is, and consumes read units.`
      : `Of ${counted(sample.items, "item")}, for ${counted(sample.units, "read unit")}. Other items may have other attributes.`;
  return (
    <ListTable
      title="Structure"
      description={said}
      actions={
        <Button loading={isBusy} onClick={() => void look()}>
          {sample === null ? "Look at a sample" : "Look again"}
        </Button>
      }
      items={sample?.columns ?? []}
      columns={structureColumns(sample?.items ?? 0)}
      trackBy={({ name }) => name}
      searched={({ name }) => name}
      search="Find an attribute"
      noun="attribute"
      empty={<p>{sample === null ? "Nothing was looked at yet." : "The table is empty."}</p>}
    />
  );
}

function structureColumns(items: number): TableColumn<Column>[] {
  return [
    { id: "name", header: "Attribute", by: ({ name }) => name, cell: ({ name }) => name, minWidth: 140 },
    {
      id: "types",
      header: "Type",
      minWidth: 130,
      cell: ({ types }) =>
        types
          .map(([type, seen]) => (types.length === 1 ? typeName(type) : `${typeName(type)} (${count(seen)})`))
          .join(", "),
    },
    {
      id: "count",
      header: "In",
      minWidth: 90,
      by: (column) => column.count,
      cell: (column) => `${Math.round((column.count / Math.max(items, 1)) * 100)} %`,
    },
    {
      id: "examples",
      header: "For example",
      minWidth: 220,
      cell: ({ examples }) => <span className={styles["mono"]}>{examples.join("   ")}</span>,
    },
  ];
}
