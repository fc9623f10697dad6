// The commands in the groups that they are looked for in.

import type { Command } from "../model.ts";

const groups: [string, RegExp][] = [
  // A group is found by its name too, so it must not be called as one command of several.
  ["Items", /^(Get|Put|Update|Delete)Item$|^Batch(Get|Write)Item$|^(Query|Scan)$/],
  ["Transactions", /^Transact/],
  ["PartiQL", /^(Batch)?Execute/],
  ["Import and export", /Import|Export/],
  ["Backups and recovery", /Backup|^Restore/],
  ["Global tables", /GlobalTable|ReplicaAutoScaling/],
  ["Streams", /Stream|Shard|^GetRecords$/],
  ["Contributor insights", /ContributorInsights/],
  ["Tags and policies", /Tag|Polic/],
  ["Tables", /Table|TimeToLive/],
];
const OTHER = "Service";

/** The group of a command. */
export function groupOf(name: string): string {
  return groups.find(([, pattern]) => pattern.test(name))?.[0] ?? OTHER;
}

/** The commands by group, groups in the order of use. */
export function grouped(commands: Command[]): [string, Command[]][] {
  return [...groups.map(([group]) => group), OTHER]
    .map((group): [string, Command[]] => [group, commands.filter(({ name }) => groupOf(name) === group)])
    .filter(([, found]) => found.length > 0);
}
