// What is around every page: the bar at the top, the navigation, messages, the palette.

import { useEffect, useRef, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { useShortcut } from "./actions.tsx";
import { Header } from "./Header.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import { Navigation } from "./Navigation.tsx";
import { Messages } from "./notify.tsx";
import { Palette } from "./Palette.tsx";
import { usePlace, placeKey } from "./place.tsx";

export function Shell({ children }: { children: ReactNode }) {
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const [isNavigationOpen, setIsNavigationOpen] = useState(false);
  const [location] = useLocation();
  const { place } = usePlace();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(location);
  useEffect(() => {
    if (shown.current === location) return;
    shown.current = location;
    // As after a page load: what is read and typed next belongs to the new page.
    main.current?.focus({ preventScroll: true });
  }, [location]);
  useShortcut("k", () => setIsPaletteOpen((is) => !is));
  useHelpKey(() => setIsHelpOpen(true));

  return (
    <div className="pixii-shell">
      <a className="pixii-skip" href="#main">
        Skip to the page
      </a>
      <Header
        onPalette={() => setIsPaletteOpen(true)}
        onHelp={() => setIsHelpOpen(true)}
        isNavigationOpen={isNavigationOpen}
        onNavigation={() => setIsNavigationOpen((is) => !is)}
      />
      <Navigation isOpen={isNavigationOpen} onClose={() => setIsNavigationOpen(false)} location={location} />
      <main ref={main} id="main" tabIndex={-1} className="pixii-main">
        <Messages />
        {/* Another place is another page: nothing of the one before may show, or be sent there. */}
        <div key={placeKey(place)} className="pixii-content">
          {children}
        </div>
      </main>
      {isPaletteOpen && <Palette onClose={() => setIsPaletteOpen(false)} onHelp={() => setIsHelpOpen(true)} />}
      {isHelpOpen && <HelpDialog onClose={() => setIsHelpOpen(false)} />}
    </div>
  );
}

/** `?` asks for help, except where it is typed as text. */
function useHelpKey(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== "?" || target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [open]);
}
