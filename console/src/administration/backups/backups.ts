// Backups as the service tells of them.

export interface BackupSummary {
  BackupArn: string;
  BackupName: string;
  BackupStatus: string;
  BackupType: string;
  BackupSizeBytes?: number;
  BackupCreationDateTime?: number;
  BackupExpiryDateTime?: number;
  TableName?: string;
}

/** What ListBackups can be asked for. */
export interface BackupFilter {
  table: string;
  type: "ALL" | "USER" | "SYSTEM" | "AWS_BACKUP";
  /** Seconds since 1970. */
  from: number | undefined;
  until: number | undefined;
}

export const noFilter: BackupFilter = { table: "", type: "ALL", from: undefined, until: undefined };

const PAGE_BACKUPS = 100;

export function listRequest({ table, type, from, until }: BackupFilter, start?: unknown): Record<string, unknown> {
  return {
    Limit: PAGE_BACKUPS,
    BackupType: type,
    ...(table !== "" && { TableName: table }),
    ...(from !== undefined && { TimeRangeLowerBound: from }),
    ...(until !== undefined && { TimeRangeUpperBound: until }),
    ...(start !== undefined && { ExclusiveStartBackupArn: start }),
  };
}

/** A name for a backup made now: `orders-2026-11-28-0653`. */
export function backupName(table: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 16).replace("T", "-").replace(":", "");
  return `${table.slice(0, 230)}-${stamp}`;
}

/** The name of the table that an ARN of a backup is of. */
export function tableOf(arn: string): string {
  return /:table\/([^/]+)\//.exec(arn)?.[1] ?? "";
}
