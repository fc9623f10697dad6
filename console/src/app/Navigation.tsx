import Icon from "@cloudscape-design/components/icon";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Page } from "./page.ts";
import { pages } from "./pages.ts";

const groups = [
  ["data", "Data"],
  ["operate", "Operate"],
  ["access", "Access"],
] as const;

type Entry = Page & { navigation: NonNullable<Page["navigation"]> };
const entries = pages
  .filter((page): page is Entry => page.navigation !== undefined)
  .sort((a, b) => a.navigation.order - b.navigation.order);

/** At the side; on a narrow screen a drawer over the page. */
export function Navigation({ isOpen, onClose, location }: { isOpen: boolean; onClose: () => void; location: string }) {
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    drawer.current?.querySelector("a")?.focus();
    const listen = (event: KeyboardEvent) => {
      if (event.key === "Escape") onClose();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [isOpen, onClose]);

  return (
    <>
      {isOpen && (
        <button
          type="button"
          className="pixii-shade"
          aria-label="Close the navigation"
          onClick={onClose}
          tabIndex={-1}
        />
      )}
      <nav ref={drawer} aria-label="Pages" className={isOpen ? "pixii-navigation pixii-open" : "pixii-navigation"}>
        {groups.map(([group, title]) => {
          const shown = entries.filter(({ navigation }) => navigation.group === group);
          if (shown.length === 0) return null;
          return (
            <div key={group}>
              <h2 id={`navigation-${group}`}>{title}</h2>
              <ul aria-labelledby={`navigation-${group}`}>
                {shown.map(({ path, title: name, navigation }) => {
                  const isHere = location === path || location.startsWith(`${path}/`);
                  return (
                    <li key={path}>
                      <Link href={path} onClick={onClose} {...(isHere && { "aria-current": "page" as const })}>
                        <Icon name={navigation.icon} />
                        <span>{name}</span>
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </div>
          );
        })}
      </nav>
    </>
  );
}
