// A chart, drawn by uPlot. Loads when the first one shows.

import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useAppearance } from "../../app/appearance.ts";
import type { Points } from "./history.ts";

const HEIGHT = 180;
/** Charts of one page point at the same time. */
const SYNC = "pixii";

export interface PlotProps {
  points: Points;
  /** How a value is written at the axis. */
  written: (value: number | null | undefined) => string;
  /** Told the place in the points that is pointed at, or `null`. */
  onPoint: (at: number | null) => void;
}

export default function Plot({ points, written, onPoint }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const latest = useRef({ points, written, onPoint });
  useEffect(() => {
    latest.current = { points, written, onPoint };
  });
  const { isDark } = useAppearance();
  const names = points.lines.map(({ name }) => name).join("\n");

  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const style = getComputedStyle(parent);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color("--pixii-ink-muted"),
      grid: { stroke: color("--pixii-line"), width: 1 },
      ticks: { show: false },
      font: `11px ${style.fontFamily}`,
    };
    const made = new UPlot(
      {
        width: Math.max(parent.clientWidth, 100),
        height: HEIGHT,
        legend: { show: false },
        cursor: { sync: { key: SYNC }, drag: { x: false, y: false }, points: { size: 6 } },
        padding: [10, 22, 0, 0],
        scales: { y: { range: (_, least, most) => range(least, most) } },
        axes: [
          { ...axis, size: 28, space: 70, values: (_, times) => times.map((time) => clock(time, times)) },
          {
            ...axis,
            size: 58,
            space: 34,
            values: (_, values) => values.map((value) => latest.current.written(value)),
          },
        ],
        series: [
          {},
          ...names.split("\n").map((name, at) => ({
            label: name,
            stroke: color(lineColor(at)),
            width: 1.75,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: { setCursor: [(self) => latest.current.onPoint(self.cursor.idx ?? null)] },
      },
      dataOf(latest.current.points),
      parent,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(parent.clientWidth, 100), height: HEIGHT }),
    );
    observer.observe(parent);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, isDark]);

  useEffect(() => plot.current?.setData(dataOf(points)), [points]);
  // The table beside it says the same in words.
  return <div ref={box} aria-hidden="true" />;
}

/** The variable with the color of a line. */
export function lineColor(at: number): string {
  return `--line-${at % 8}`;
}

function dataOf({ times, lines }: Points): UPlot.AlignedData {
  return [times, ...lines.map(({ values }) => values)];
}

/** From zero, with room above, and never of no height. */
function range(least: number | null, most: number | null): [number, number] {
  const top = most === null || most <= 0 ? 1 : most * 1.08;
  return [Math.min(0, least ?? 0), top];
}

function clock(time: number, shown: number[]): string {
  const text = new Date(time * 1000).toLocaleTimeString("en-GB");
  const step = (shown[1] ?? time) - (shown[0] ?? time);
  return step >= 60 ? text.slice(0, 5) : text;
}
