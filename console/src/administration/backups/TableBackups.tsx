import type { TableDescription } from "../../components/tables.ts";
import styles from "../administration.module.css";
import { BackupList } from "./BackupList.tsx";
import { noFilter } from "./backups.ts";
import { ContinuousBackups } from "./ContinuousBackups.tsx";

/** Recovery and backups of one table. */
export function TableBackups({ table: { TableName } }: { table: TableDescription }) {
  return (
    <div className={styles["stack"]}>
      <ContinuousBackups table={TableName} />
      <BackupList filter={{ ...noFilter, table: TableName }} ofTable={TableName} />
    </div>
  );
}
