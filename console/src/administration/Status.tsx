import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

const kinds: Record<string, StatusIndicatorProps.Type> = {
  ACTIVE: "success",
  ENABLED: "success",
  AVAILABLE: "success",
  Active: "success",
  DISABLED: "stopped",
  Inactive: "stopped",
  DELETED: "stopped",
  EXPIRED: "stopped",
  FAILED: "error",
  CREATION_FAILED: "error",
  REGION_DISABLED: "error",
  INACCESSIBLE_ENCRYPTION_CREDENTIALS: "error",
};

/** A status of the service: `ACTIVE` reads as Active, and what ends in -ING is under way. */
export function Status({ value }: { value: string | undefined }) {
  if (value === undefined) return <StatusIndicator type="loading">Loading</StatusIndicator>;
  const kind = kinds[value] ?? (value.endsWith("ING") ? "in-progress" : "info");
  return <StatusIndicator type={kind}>{statusText(value)}</StatusIndicator>;
}

export function statusText(value: string): string {
  const words = value.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether something is on its way to another status, so that it is worth asking again soon. */
export function isPassing(value: string | undefined): boolean {
  return value?.endsWith("ING") === true;
}
