// Auto scaling as the service describes it, as a form has it, and as it is asked for.

import { unitsFaults, type Faults, type Units } from "./draft.ts";

export interface Settings {
  MinimumUnits?: number;
  MaximumUnits?: number;
  AutoScalingDisabled?: boolean;
  ScalingPolicies?: { TargetTrackingScalingPolicyConfiguration?: Tracking }[];
}

interface Tracking {
  TargetValue?: number;
  ScaleInCooldown?: number;
  ScaleOutCooldown?: number;
  DisableScaleIn?: boolean;
}

export interface Scaling {
  isOn: boolean;
  min: string;
  max: string;
  /** Per cent of what is provisioned. */
  target: string;
  /** The rest of what is set, which stays: it would go back to its defaults where it is not sent. */
  more: Omit<Tracking, "TargetValue">;
}

const TARGET_DEFAULT = "70";

export function scalingOf(settings: Settings | undefined): Scaling {
  const { TargetValue: target, ...more } =
    settings?.ScalingPolicies?.[0]?.TargetTrackingScalingPolicyConfiguration ?? {};
  return {
    isOn: settings?.MaximumUnits !== undefined && settings.AutoScalingDisabled !== true,
    min: String(settings?.MinimumUnits ?? 1),
    max: String(settings?.MaximumUnits ?? 10),
    target: target === undefined ? TARGET_DEFAULT : String(target),
    more,
  };
}

export function scalingFaults({ isOn, min, max, target }: Scaling, place: string): Faults {
  if (!isOn) return {};
  const whole = unitsFaults({ read: min, write: max } satisfies Units, place);
  const faults: Faults = {};
  if (whole[`${place} read`]) faults[`${place} min`] = whole[`${place} read`] ?? "";
  if (whole[`${place} write`]) faults[`${place} max`] = whole[`${place} write`] ?? "";
  if (Object.keys(faults).length === 0 && Number(max) < Number(min)) {
    faults[`${place} max`] = "The most is not less than the least.";
  }
  if (!/^\d{2}(\.\d+)?$/.test(target) || Number(target) < 20 || 90 < Number(target)) {
    faults[`${place} target`] = "Enter 20 to 90 per cent.";
  }
  return faults;
}

function update({ isOn, min, max, target, more }: Scaling): object {
  if (!isOn) return { AutoScalingDisabled: true };
  return {
    MinimumUnits: Number(min),
    MaximumUnits: Number(max),
    ScalingPolicyUpdate: { TargetTrackingScalingPolicyConfiguration: { ...more, TargetValue: Number(target) } },
  };
}

export interface Pair {
  read: Scaling;
  write: Scaling;
}

/** The request for a table and its global indexes (by name) in a Region. Writes scale alike in all Regions. */
export function scalingRequest(
  table: string,
  region: string,
  own: Pair,
  indexes: Record<string, Pair>,
): Record<string, unknown> {
  const named = Object.entries(indexes);
  return {
    TableName: table,
    ProvisionedWriteCapacityAutoScalingUpdate: update(own.write),
    ...(named.length > 0 && {
      GlobalSecondaryIndexUpdates: named.map(([IndexName, { write }]) => ({
        IndexName,
        ProvisionedWriteCapacityAutoScalingUpdate: update(write),
      })),
    }),
    ReplicaUpdates: [
      {
        RegionName: region,
        ReplicaProvisionedReadCapacityAutoScalingUpdate: update(own.read),
        ...(named.length > 0 && {
          ReplicaGlobalSecondaryIndexUpdates: named.map(([IndexName, { read }]) => ({
            IndexName,
            ProvisionedReadCapacityAutoScalingUpdate: update(read),
          })),
        }),
      },
    ],
  };
}
