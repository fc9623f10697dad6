// Reads what `GET /metrics` answers: the text of Prometheus and OpenMetrics.

/** One series: a name with its labels. Made once for each, so that it can be a key of maps. */
export interface Series {
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** What all series came to at one time, in milliseconds since 1970. */
export interface Snapshot {
  timeMs: number;
  values: ReadonlyMap<Series, number>;
}

/** More series than a server of a thousand tables tells; beyond it what is known is read anew. */
const KNOWN_MAX = 100_000;

/** Reads texts one after the other, and knows the series of one in the next. */
export class Reader {
  private known = new Map<string, Series>();

  read(text: string, timeMs: number): Snapshot {
    if (this.known.size > KNOWN_MAX) this.known = new Map();
    const values = new Map<Series, number>();
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const end = seriesEnd(line);
      const value = number(line.slice(end).trim().split(" ", 1)[0] ?? "");
      const series = this.series(line.slice(0, end));
      if (series !== undefined && !Number.isNaN(value)) values.set(series, value);
    }
    return { timeMs, values };
  }

  private series(text: string): Series | undefined {
    const found = this.known.get(text);
    if (found !== undefined) return found;
    const open = text.indexOf("{");
    const name = (open < 0 ? text : text.slice(0, open)).trim();
    if (!/^[a-zA-Z_:][\w:]*$/.test(name)) return undefined;
    const series = { name, labels: open < 0 ? {} : labels(text.slice(open + 1)) };
    this.known.set(text, series);
    return series;
  }
}

/** Where the name and the labels of a line end. A label's value may have spaces and braces in it. */
function seriesEnd(line: string): number {
  const open = line.indexOf("{");
  const space = line.indexOf(" ");
  if (open < 0 || (0 <= space && space < open)) return space < 0 ? line.length : space;
  let isQuoted = false;
  for (let at = open; at < line.length; at += 1) {
    const letter = line[at];
    if (letter === "\\") at += 1;
    else if (letter === '"') isQuoted = !isQuoted;
    else if (letter === "}" && !isQuoted) return at + 1;
  }
  return line.length;
}

function labels(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    if (name !== undefined && value !== undefined) {
      found[name] = value.replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
    }
  }
  return found;
}

function number(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return text === "" ? NaN : Number(text);
}
