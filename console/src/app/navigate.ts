// Moving between pages without a reload.

import { useCallback } from "react";
import { useLocation } from "wouter";
import { base } from "../api.ts";

/** The address of a page, for `href`: `address("/items", { table: "users" })`. */
export function address(path: string, query: Record<string, string | undefined> = {}): string {
  return base + below(path, query);
}

function below(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** `go("/items", { table: "users" })`. */
export function useGo(): (path: string, query?: Record<string, string | undefined>) => void {
  const [, navigate] = useLocation();
  return useCallback((path, query = {}) => navigate(below(path, query)), [navigate]);
}

interface FollowEvent {
  preventDefault: () => void;
  detail: { href?: string | undefined; external?: boolean | undefined };
}

/** For `onFollow` of Cloudscape's links: goes there without a reload. */
export function useFollow(): (event: FollowEvent) => void {
  const [, navigate] = useLocation();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (external === true || href === undefined || !href.startsWith(`${base}/`)) return;
      event.preventDefault();
      navigate(href.slice(base.length));
    },
    [navigate],
  );
}
