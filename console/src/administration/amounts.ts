// Amounts as people read them: bytes, counts, durations, times.

const UNITS = ["bytes", "KB", "MB", "GB", "TB", "PB"];
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** `293427` is `293 KB`: by thousands, as disks are sold. */
export function bytes(count: number | undefined): string {
  if (count === undefined) return "–";
  let rest = count;
  let unit = 0;
  while (Math.abs(rest) >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${short.format(rest)} ${count === 1 ? "byte" : (UNITS[unit] ?? "")}`;
}

/** `3376` is `3,376`. */
export function count(value: number | undefined): string {
  return value === undefined ? "–" : number.format(value);
}

/** `1 item`, `3,376 items`. */
export function counted(value: number, noun: string, nouns = `${noun}s`): string {
  return `${number.format(value)} ${value === 1 ? noun : nouns}`;
}

/** For axes and legends: three digits, with k, M, G where large, and m, µ where small. */
export function amount(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const steps: [number, string][] = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ];
  for (const [step, name] of steps) {
    if (size >= step) return short.format(value / (step === 1e4 ? 1e3 : step)) + name;
  }
  if (size !== 0 && size < 0.001) return `${short.format(value * 1e6)}µ`;
  return short.format(value);
}

const SPANS: [number, string][] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** The two largest parts of a duration: `2 days 3 hours`. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [span, noun] of SPANS) {
    const whole = Math.floor(rest / span);
    if (whole === 0) continue;
    parts.push(counted(whole, noun));
    rest -= whole * span;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 seconds" : parts.join(" ");
}

/** How long before `now` a time was, in seconds since 1970: `3 minutes 5 seconds ago`. */
export function ago(time: number, now: number): string {
  const away = now - time;
  return away < 1 ? "now" : `${duration(away)} ago`;
}

const moment = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** A time of the API, in seconds since 1970, where this browser is. */
export function time(seconds: unknown): string {
  return typeof seconds === "number" && Number.isFinite(seconds) ? moment.format(new Date(seconds * 1000)) : "–";
}
