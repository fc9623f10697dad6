import { expect, test } from "vitest";
import { scalingFaults, scalingOf, scalingRequest } from "./scaling.ts";

test("what is off reads as off, with what one would begin with", () => {
  const off = { isOn: false, min: "1", max: "10", target: "70", more: {} };
  expect(scalingOf(undefined)).toEqual(off);
  expect(scalingOf({ AutoScalingDisabled: true, ScalingPolicies: [] })).toEqual(off);
});

const on = scalingOf({
  MinimumUnits: 5,
  MaximumUnits: 100,
  ScalingPolicies: [{ TargetTrackingScalingPolicyConfiguration: { TargetValue: 50.5, ScaleInCooldown: 60 } }],
});

test("what is on reads with its limits and target", () => {
  expect(on).toEqual({ isOn: true, min: "5", max: "100", target: "50.5", more: { ScaleInCooldown: 60 } });
});

test("the request sets writes for all Regions and reads for one", () => {
  const off = { ...on, isOn: false };
  const policy = { TargetTrackingScalingPolicyConfiguration: { TargetValue: 50.5, ScaleInCooldown: 60 } };
  const set = { MinimumUnits: 5, MaximumUnits: 100, ScalingPolicyUpdate: policy };
  expect(scalingRequest("t", "us-east-1", { read: off, write: on }, { i: { read: on, write: off } })).toEqual({
    TableName: "t",
    ProvisionedWriteCapacityAutoScalingUpdate: set,
    GlobalSecondaryIndexUpdates: [
      { IndexName: "i", ProvisionedWriteCapacityAutoScalingUpdate: { AutoScalingDisabled: true } },
    ],
    ReplicaUpdates: [
      {
        RegionName: "us-east-1",
        ReplicaProvisionedReadCapacityAutoScalingUpdate: { AutoScalingDisabled: true },
        ReplicaGlobalSecondaryIndexUpdates: [{ IndexName: "i", ProvisionedReadCapacityAutoScalingUpdate: set }],
      },
    ],
  });
});

test.each([
  [{ min: "0" }, "r min"],
  [{ max: "" }, "r max"],
  [{ min: "9", max: "8" }, "r max"],
  [{ target: "95" }, "r target"],
  [{ target: "x" }, "r target"],
])("%j is a fault while it is on", (change, place) => {
  expect(Object.keys(scalingFaults({ ...on, ...change }, "r"))).toEqual([place]);
  expect(scalingFaults({ ...on, ...change, isOn: false }, "r")).toEqual({});
});
