// A list of things with a search, sorting and pages: one look for all lists of these pages.

import { useCollection } from "@cloudscape-design/collection-hooks";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";
import { ErrorBox } from "../components/ErrorBox.tsx";
import styles from "./administration.module.css";
import { counted } from "./amounts.ts";

export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  /** What it sorts by; without, it does not. */
  by?: (item: T) => string | number;
  minWidth?: number;
}

export interface ListTableProps<T> {
  title: string;
  items: readonly T[] | undefined;
  columns: Column<T>[];
  trackBy: (item: T) => string;
  /** The text that the search looks in; without, there is none. */
  searched?: (item: T) => string;
  /** What is searched for: "Find a table". */
  search?: string;
  noun?: string;
  isLoading?: boolean;
  error?: unknown;
  again?: () => void;
  empty: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Controls beside the search. */
  controls?: ReactNode;
  pageSize?: number;
  /** The heading is left out where the page's own says the same. */
  hasNoHeading?: boolean;
  variant?: TableProps.Variant;
}

export function ListTable<T>(props: ListTableProps<T>) {
  const { title, items, columns, searched, search, noun = "entry", isLoading = false, error, again } = props;
  const { pageSize = 25, empty, controls, hasNoHeading = false } = props;
  const { items: shown, ...collection } = useCollection(items ?? [], {
    filtering: {
      filteringFunction: (item, text) =>
        searched === undefined || searched(item).toLowerCase().includes(text.trim().toLowerCase()),
      empty: <div className={styles["empty"]}>{empty}</div>,
      noMatch: <div className={styles["empty"]}>Nothing is found. Try fewer letters.</div>,
    },
    pagination: { pageSize },
    sorting: {},
  });
  const { pagesCount } = collection.paginationProps;
  if (error !== undefined && items === undefined) return <ErrorBox error={error} {...(again && { again })} />;
  const total = items?.length ?? 0;
  return (
    <Table
      {...collection.collectionProps}
      variant={props.variant ?? "container"}
      items={shown}
      trackBy={props.trackBy}
      loading={isLoading && items === undefined}
      loadingText="Loading"
      wrapLines
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: title }}
      columnDefinitions={columns.map(({ id, header, cell, by, minWidth }, at) => ({
        id,
        header,
        cell,
        isRowHeader: at === 0,
        ...(minWidth !== undefined && { minWidth }),
        ...(by && { sortingField: id, sortingComparator: (a: T, b: T) => compare(by(a), by(b)) }),
      }))}
      {...(!hasNoHeading && {
        header: (
          <Header
            variant="h2"
            description={props.description}
            actions={props.actions}
            {...(total > 0 && { counter: `(${total})` })}
          >
            {title}
          </Header>
        ),
      })}
      {...(searched &&
        (total > 5 || controls !== undefined) && {
          filter: (
            <div className={styles["filters"]}>
              <TextFilter
                {...collection.filterProps}
                filteringAriaLabel={search ?? "Search"}
                filteringPlaceholder={search ?? "Search"}
                countText={counted(collection.filteredItemsCount ?? 0, `${noun} found`, `${noun}s found`)}
              />
              {controls}
            </div>
          ),
        })}
      {...(pagesCount > 1 && { pagination: <Pagination {...collection.paginationProps} /> })}
    />
  );
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
