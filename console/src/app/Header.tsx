// The bar at the top: which database is asked, the palette, the look, who is signed in.

import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import Icon from "@cloudscape-design/components/icon";
import { Link } from "wouter";
import { modifier } from "./actions.tsx";
import { changeAppearance, useAppearance, type Scheme } from "./appearance.ts";
import { Wordmark } from "./Logo.tsx";
import { useNotify } from "./notify.tsx";
import { PlaceChooser } from "./PlaceChooser.tsx";
import { useCaller, useSession } from "./session.tsx";

export function Header({
  onPalette,
  onHelp,
  isNavigationOpen,
  onNavigation,
}: {
  onPalette: () => void;
  onHelp: () => void;
  isNavigationOpen: boolean;
  onNavigation: () => void;
}) {
  return (
    <header className="pixii-header">
      <button
        type="button"
        className="pixii-icon-button pixii-menu-button"
        aria-label="Navigation"
        aria-expanded={isNavigationOpen}
        onClick={onNavigation}
      >
        <Icon name="menu" />
      </button>
      <Link href="/queries" className="pixii-home" aria-label="Pixii, to the first page">
        <Wordmark />
      </Link>
      <PlaceChooser />
      <button type="button" className="pixii-palette-button" aria-keyshortcuts="Meta+K Control+K" onClick={onPalette}>
        <Icon name="search" size="small" />
        <span>Search or run…</span>
        <kbd aria-hidden="true">{modifier}K</kbd>
      </button>
      <div className="pixii-header-end">
        <Look />
        <button
          type="button"
          className="pixii-icon-button pixii-help-button"
          aria-label="Help and keyboard shortcuts"
          onClick={onHelp}
        >
          <Icon name="status-info" />
        </button>
        <Person />
      </div>
    </header>
  );
}

const schemes: [Scheme, string][] = [
  ["system", "Like the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function Look() {
  const { scheme, isCompact } = useAppearance();
  const items: ButtonDropdownProps.ItemOrGroup[] = [
    {
      text: "Colors",
      items: schemes.map(([id, text]) => ({ id, text, itemType: "checkbox", checked: scheme === id })),
    },
    { text: "Density", items: [{ id: "compact", text: "Compact", itemType: "checkbox", checked: isCompact }] },
  ];
  return (
    <ButtonDropdown
      variant="icon"
      iconSvg={
        <svg viewBox="0 0 16 16" focusable="false" aria-hidden="true">
          <circle cx="8" cy="8" r="6" fill="none" />
          <path d="M8 2a6 6 0 0 1 0 12z" className="filled" />
        </svg>
      }
      ariaLabel="Appearance"
      items={items}
      onItemClick={({ detail }) =>
        changeAppearance(detail.id === "compact" ? { isCompact: !isCompact } : { scheme: detail.id as Scheme })
      }
    />
  );
}

function Person() {
  const { session, signOut } = useSession();
  const caller = useCaller();
  const { fail } = useNotify();
  const facts: ButtonDropdownProps.ItemOrGroup[] = [
    { id: "account", text: `Account ${caller.account}`, disabled: true },
    { id: "arn", text: caller.arn, disabled: true },
    { id: "version", text: `Pixii ${session.version}`, disabled: true },
  ];
  // On an open server there is nothing to sign out of.
  const out: ButtonDropdownProps.ItemOrGroup[] = session.isOpen ? [] : [{ id: "out", text: "Sign out" }];
  return (
    <ButtonDropdown
      variant="normal"
      ariaLabel={`Signed in as ${caller.name}`}
      items={[...facts, ...out]}
      onItemClick={({ detail }) => {
        if (detail.id === "out") signOut().catch(fail);
      }}
    >
      <span className="pixii-person">{caller.name}</span>
    </ButtonDropdown>
  );
}
