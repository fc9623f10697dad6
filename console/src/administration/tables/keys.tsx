import type { KeyElement, TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { typeName } from "./structure.ts";

/** The attributes of a key with their types. */
export function Keys({
  schema,
  type,
  definitions,
}: {
  schema: readonly KeyElement[];
  type: "HASH" | "RANGE";
  definitions: TableDescription["AttributeDefinitions"];
}) {
  const names = schema.filter(({ KeyType }) => KeyType === type).map(({ AttributeName }) => AttributeName);
  if (names.length === 0) return <span className={styles["muted"]}>–</span>;
  return names.map((name, at) => {
    const attribute = definitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? "";
    return (
      <span key={name} className={styles["key"]}>
        <span>
          {at > 0 && ", "}
          {name}
        </span>
        <abbr title={typeName(attribute)}>{attribute}</abbr>
      </span>
    );
  });
}

/** How a table is billed. */
export function billing(table: TableDescription): string {
  return isOnDemand(table) ? "On demand" : "Provisioned";
}

export function isOnDemand(table: TableDescription): boolean {
  return table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
}

/** Whether something of a table is on its way to another state. */
export function isTablePassing(table: TableDescription): boolean {
  const statuses = [
    table.TableStatus,
    ...(table.GlobalSecondaryIndexes ?? []).map(({ IndexStatus }) => IndexStatus),
    ...(table.Replicas ?? []).map(({ ReplicaStatus }) => ReplicaStatus),
  ];
  return statuses.some((status) => status?.endsWith("ING") === true);
}
