import { send } from "../../api.ts";
import { placeKey, usePlace } from "../../app/place.tsx";
import { useLoad } from "../../components/useLoad.ts";
import { span, type Span } from "./moment.ts";

export interface Recovery {
  isOn: boolean;
  days: number | undefined;
  /** What can be restored, where anything can. */
  whole: Span | undefined;
}

interface Described {
  PointInTimeRecoveryDescription?: {
    PointInTimeRecoveryStatus?: string;
    RecoveryPeriodInDays?: number;
    EarliestRestorableDateTime?: number;
    LatestRestorableDateTime?: number;
  };
}

/** Whether a table can be restored to a point in time, and to which. `null` asks nothing. */
export function useRecovery(table: string | null) {
  const { place } = usePlace();
  const key = table === null ? null : `${placeKey(place)} ${table} recovery`;
  return useLoad(key, async (signal): Promise<Recovery> => {
    const reply = await send(place, "DescribeContinuousBackups", { TableName: table }, { signal });
    const described = (reply["ContinuousBackupsDescription"] as Described).PointInTimeRecoveryDescription;
    const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } = described ?? {};
    return {
      isOn: described?.PointInTimeRecoveryStatus === "ENABLED",
      days: described?.RecoveryPeriodInDays,
      whole: earliest === undefined || latest === undefined ? undefined : span(earliest, latest),
    };
  });
}
