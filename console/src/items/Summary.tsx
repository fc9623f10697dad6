// How much was loaded, what it used, and going on.

import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import styles from "./items.module.css";
import { EMPTY_PAGES_MAX } from "./paging.ts";
import type { Loaded } from "./useItems.ts";

const number = new Intl.NumberFormat("en");

export function Summary({
  loaded,
  showing,
  onMore,
  onStop,
}: {
  loaded: Loaded;
  /** How many rows there are after the local filter. */
  showing: number;
  onMore: (unitsMax?: number) => void;
  onStop: () => void;
}) {
  const { progress, isLoading, items, asked } = loaded;
  const [units, setUnits] = useState("100");
  const isMore = progress.next !== null;
  const isValid = /^[1-9]\d{0,6}$/.test(units);
  return (
    <div className={styles["summary"]}>
      <div role="status" aria-label="Loaded" className={styles["counts"]}>
        {isLoading && <Spinner />}
        <span>
          <b>{number.format(items.length)}</b> loaded
        </span>
        {showing !== items.length && (
          <span>
            <b>{number.format(showing)}</b> match the local filter
          </span>
        )}
        <span>
          <b>{number.format(progress.returned)}</b> returned of <b>{number.format(progress.scanned)}</b> scanned
        </span>
        <span>
          <b>{number.format(progress.pages)}</b> {progress.pages === 1 ? "page" : "pages"}
        </span>
        <span>
          <b>{number.format(progress.units)}</b> read units
        </span>
        <span>{end(isLoading, progress.pages, isMore, progress.returned)}</span>
      </div>
      <div className={styles["end"]}>
        {isLoading ? (
          <Button onClick={onStop}>Stop</Button>
        ) : (
          <>
            <Button disabled={!isMore || asked === null} onClick={() => onMore()}>
              Load more
            </Button>
            <Button
              disabled={!isMore || !isValid}
              ariaLabel={`Load all, up to ${units} units`}
              onClick={() => onMore(Number.parseInt(units, 10))}
            >
              Load all up to
            </Button>
            <div className={styles["units"]}>
              <Input
                ariaLabel="Read units to use at most"
                inputMode="numeric"
                value={units}
                invalid={!isValid}
                onChange={({ detail }) => setUnits(detail.value.trim())}
              />
            </div>
            <span>units</span>
          </>
        )}
      </div>
    </div>
  );
}

function end(isLoading: boolean, pages: number, isMore: boolean, returned: number): string {
  if (isLoading) return "Loading…";
  if (pages === 0) return "";
  if (!isMore) return "That is all.";
  return returned === 0 && pages >= EMPTY_PAGES_MAX ? "Stopped after pages without a match." : "There is more.";
}
