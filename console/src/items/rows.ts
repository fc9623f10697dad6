// Sorting and filtering among the rows that are loaded. The service is not asked.

import { short, type Item, type Value } from "./values.ts";

export interface Sorting {
  name: string;
  isDescending: boolean;
}

/** Compares two decimal numbers by their digits, as they may have more than a float can tell apart. */
export function compareNumbers(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.sign === 0) return 0;
  const size = a.magnitude - b.magnitude || (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0);
  return size * a.sign;
}

/** `0.digits × 10^magnitude`, the digits without zeros at either end. */
function parts(text: string): { sign: number; magnitude: number; digits: string } {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found ?? [];
  const all = whole + fraction;
  const zeros = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = all.slice(zeros).replace(/0+$/, "");
  if (digits === "") return { sign: 0, magnitude: 0, digits };
  return {
    sign: sign === "-" ? -1 : 1,
    magnitude: whole.length - zeros + Number.parseInt(exponent, 10),
    digits,
  };
}

/** Absent last, then by type, then by value. */
export function compare(one: Value | undefined, other: Value | undefined): number {
  if (one === undefined || other === undefined) return (one === undefined ? 1 : 0) - (other === undefined ? 1 : 0);
  if (typeof one.N === "string" && typeof other.N === "string") return compareNumbers(one.N, other.N);
  const [a, b] = [Object.keys(one).join(), Object.keys(other).join()];
  if (a !== b) return a < b ? -1 : 1;
  const [left, right] = [short(one), short(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The places of the rows to show, in order. */
export function visible(items: Item[], filter: string, sorting: Sorting | null): number[] {
  const wanted = filter.trim().toLowerCase();
  const all = items.map((_, index) => index);
  const found =
    wanted === ""
      ? all
      : all.filter((index) =>
          Object.values(items[index] ?? {}).some((value) => short(value).toLowerCase().includes(wanted)),
        );
  if (sorting === null) return found;
  const { name, isDescending } = sorting;
  return found.sort((one, other) => {
    const [a, b] = [items[one]?.[name], items[other]?.[name]];
    const isBothThere = a !== undefined && b !== undefined;
    return compare(a, b) * (isDescending && isBothThere ? -1 : 1) || one - other;
  });
}
