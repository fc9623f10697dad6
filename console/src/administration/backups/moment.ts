// Arithmetic of the time picker. Times are whole seconds since 1970, as a restore is exact to the second.

export type Zone = "local" | "utc";

/** The seconds that can be restored. */
export interface Span {
  earliest: number;
  latest: number;
}

/** What can be restored of what the service tells: a part of a second is in no whole one. */
export function span(earliest: number, latest: number): Span {
  const first = Math.ceil(earliest);
  return { earliest: first, latest: Math.max(first, Math.floor(latest)) };
}

export function clamp(seconds: number, { earliest, latest }: Span): number {
  return Math.min(latest, Math.max(earliest, Math.round(seconds)));
}

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-28 06:53:22` */
export function written(seconds: number, zone: Zone): string {
  const date = new Date(seconds * 1000);
  const parts =
    zone === "utc"
      ? [
          date.getUTCFullYear(),
          date.getUTCMonth(),
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
        ]
      : [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

const FORM =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/**
 * Reads a date with a time; without seconds or a time those are zero. An offset in the text, such as `Z`, counts
 * before `zone`; a number is seconds since 1970. Nothing where it is no time that exists: the 31st of June, or an hour
 * that a change of the clock skips.
 */
export function read(text: string, zone: Zone): number | undefined {
  const trimmed = text.trim();
  if (/^\d{9,11}(\.\d+)?$/.test(trimmed)) return Math.floor(Number(trimmed));
  const found = FORM.exec(trimmed);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number((part as string | undefined) ?? 0));
  const offset = found[7];
  const isLocal = offset === undefined && zone === "local";
  const seconds =
    (isLocal
      ? new Date(year, month - 1, day, hour, minute, second).getTime()
      : Date.UTC(year, month - 1, day, hour, minute, second)) / 1000;
  const exact = `${found[1] ?? ""}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
  // What does not exist comes back as something else.
  if (written(seconds, isLocal ? "local" : "utc") !== exact) return undefined;
  return offset === undefined ? seconds : seconds - offsetSeconds(offset);
}

function offsetSeconds(offset: string): number {
  const found = /^([+-])(\d{2}):?(\d{2})$/.exec(offset);
  if (found === null) return 0;
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60;
  return found[1] === "-" ? -seconds : seconds;
}

/** How local time differs from UTC at a time: `UTC+01:00`. */
export function zoneName(seconds: number): string {
  const minutes = -new Date(seconds * 1000).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** How much of the span a timeline shows. */
export type Zoom = "all" | "day" | "hour" | "minutes";
const WIDTHS: Record<Exclude<Zoom, "all">, number> = { day: 86_400, hour: 3600, minutes: 600 };

/** The zooms that show less than everything. */
export function zooms({ earliest, latest }: Span): Zoom[] {
  const closer = (["day", "hour", "minutes"] as const).filter((zoom) => WIDTHS[zoom] < latest - earliest);
  return ["all", ...closer];
}

/** The part of the span that a zoom shows, with a time in it, in the middle where there is room. */
export function view(whole: Span, zoom: Zoom, chosen: number): Span {
  const width = zoom === "all" ? Infinity : WIDTHS[zoom];
  if (width >= whole.latest - whole.earliest) return whole;
  const start = Math.min(Math.max(Math.round(chosen - width / 2), whole.earliest), whole.latest - width);
  return { earliest: start, latest: start + width };
}

const STEPS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/** Round times along a timeline, at most `count`, as local clocks show them. */
export function ticks({ earliest, latest }: Span, count: number): { at: number; text: string }[] {
  const step = STEPS.find((one) => (latest - earliest) / one <= count) ?? 1_209_600;
  const shift = new Date(earliest * 1000).getTimezoneOffset() * 60;
  const found: { at: number; text: string }[] = [];
  for (let at = Math.ceil((earliest - shift) / step) * step + shift; at <= latest; at += step) {
    const text = written(at, "local");
    found.push({ at, text: step >= 86_400 ? text.slice(5, 10) : step >= 60 ? text.slice(11, 16) : text.slice(11) });
  }
  return found;
}
