import { useEffect, useRef } from "react";

/** Does something again and again while it is wanted, and the page is seen. */
export function useWhile(isWanted: boolean, everyMs: number, action: () => void): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    if (!isWanted) return;
    const timer = window.setInterval(() => {
      if (!document.hidden) latest.current();
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [isWanted, everyMs]);
}
