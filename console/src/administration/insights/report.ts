// What contributor insights found, as the server tells it, and the points of its charts.

import type { Points } from "../metrics/history.ts";
import type { Image } from "../streams/values.ts";

export interface Report {
  ContributorInsightsStatus: string;
  ContributorInsightsMode?: string;
  Rules: Rule[];
}

export interface Rule {
  RuleName: string;
  Unit: string;
  Total: number;
  Contributors: { Key: Image; Value: number; ErrorMax: number }[];
  Minutes: { Time: number; Total: number; MaxContributorValue: number }[];
}

const TITLES: Record<string, string> = {
  PKC: "Most used partition keys",
  SKC: "Most used items",
  PKT: "Most throttled partition keys",
  SKT: "Most throttled items",
};

/** What a rule finds: its name is `DynamoDBContributorInsights-PKC-orders-…`. */
export function titleOf({ RuleName }: Rule): string {
  return TITLES[RuleName.split("-")[1] ?? ""] ?? RuleName;
}

export function unitOf({ Unit }: Rule): string {
  return Unit === "ThrottleCount" ? "throttled requests" : "units";
}

/** By minute; minutes in which nothing was counted are zero. */
export function pointsOf({ Minutes }: Rule, minutes: number, nowSeconds: number): Points {
  const last = Math.floor(nowSeconds / 60) * 60;
  const times = Array.from({ length: minutes }, (_, at) => last - (minutes - 1 - at) * 60);
  const found = new Map(Minutes.map((minute) => [minute.Time, minute]));
  return {
    times,
    lines: [
      { name: "all keys", values: times.map((time) => found.get(time)?.Total ?? 0) },
      { name: "the first key", values: times.map((time) => found.get(time)?.MaxContributorValue ?? 0) },
    ],
  };
}

/** The query of the server's report. */
export function queryOf(asked: {
  table: string;
  index: string | null;
  minutes: number;
  region: string;
  account: string | undefined;
}): string {
  const { table, index, minutes, region, account } = asked;
  const pairs: [string, string | null | undefined][] = [
    ["table", table],
    ["index", index],
    ["minutes", String(minutes)],
    ["region", region],
    ["account", account],
  ];
  return pairs
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${value ?? ""}`)
    .join("&");
}
