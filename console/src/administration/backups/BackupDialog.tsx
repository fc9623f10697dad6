// What a backup holds: the table as it was, as DescribeBackup tells.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { send } from "../../api.ts";
import { useGo } from "../../app/navigate.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import { useLoad } from "../../components/useLoad.ts";
import { bytes, count, time } from "../amounts.ts";
import { Copied, Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import type { BackupSummary } from "./backups.ts";
import type { SourceIndex } from "./restore.ts";

export interface BackupDescription {
  BackupDetails: BackupSummary;
  SourceTableDetails?: {
    TableName: string;
    ItemCount?: number;
    TableSizeBytes?: number;
    BillingMode?: string;
    KeySchema?: { AttributeName: string; KeyType: string }[];
  };
  SourceTableFeatureDetails?: {
    LocalSecondaryIndexes?: SourceIndex[];
    GlobalSecondaryIndexes?: SourceIndex[];
    TimeToLiveDescription?: { AttributeName?: string; TimeToLiveStatus?: string };
  };
}

/** A backup, described. `null` asks nothing. */
export function useBackup(arn: string | null) {
  const { place } = usePlace();
  return useLoad(arn === null ? null : `${placeKey(place)} ${arn}`, async (signal) => {
    const reply = await send(place, "DescribeBackup", { BackupArn: arn }, { signal });
    return reply["BackupDescription"] as BackupDescription;
  });
}

export function BackupDialog({ backup, onClose }: { backup: BackupSummary; onClose: () => void }) {
  const { value, error, reload } = useBackup(backup.BackupArn);
  const go = useGo();
  return (
    <Modal
      visible
      size="large"
      header={backup.BackupName}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <Button
              variant="primary"
              disabled={value?.BackupDetails.BackupStatus !== "AVAILABLE"}
              onClick={() => go("/backups/restore", { backup: backup.BackupArn })}
            >
              Restore
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {error !== undefined ? <ErrorBox error={error} again={reload} /> : <Description value={value} />}
    </Modal>
  );
}

function Description({ value }: { value: BackupDescription | undefined }) {
  if (value === undefined) return <Status value={undefined} />;
  const { BackupDetails: backup, SourceTableDetails: table, SourceTableFeatureDetails: features } = value;
  const names = (indexes: SourceIndex[] | undefined) =>
    indexes === undefined || indexes.length === 0 ? "–" : indexes.map(({ IndexName }) => IndexName).join(", ");
  const keys = table?.KeySchema?.map(({ AttributeName }) => AttributeName).join(", ");
  return (
    <Facts
      facts={[
        ["Table", table?.TableName],
        ["Status", <Status key="status" value={backup.BackupStatus} />],
        ["Created", time(backup.BackupCreationDateTime)],
        ["Expires", backup.BackupExpiryDateTime === undefined ? undefined : time(backup.BackupExpiryDateTime)],
        ["Size of the backup", bytes(backup.BackupSizeBytes)],
        ["Items", count(table?.ItemCount)],
        ["Size of the table", bytes(table?.TableSizeBytes)],
        ["Capacity", table?.BillingMode === "PAY_PER_REQUEST" ? "On demand" : "Provisioned"],
        ["Keys", keys],
        ["Global indexes", names(features?.GlobalSecondaryIndexes)],
        ["Local indexes", names(features?.LocalSecondaryIndexes)],
        ["Time to live", features?.TimeToLiveDescription?.AttributeName],
        ["ARN", <Copied key="arn" text={backup.BackupArn} label="Copy the ARN" />, true],
      ]}
    />
  );
}
