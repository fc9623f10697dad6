// Items to and from elsewhere: the menu above the grid, and its dialogs.

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useState, type ReactNode } from "react";
import { CopyDialog } from "./CopyDialog.tsx";
import { ExportDialog } from "./ExportDialog.tsx";
import { ImportDialog } from "./ImportDialog.tsx";
import type { Scopes } from "./scope.ts";

type Which = "import" | "export" | "copy";

const choices: { id: Which; text: string }[] = [
  { id: "import", text: "Import items" },
  { id: "export", text: "Export items" },
  { id: "copy", text: "Copy items to another table" },
];

export function useTransfer({
  table,
  keys,
  scopes,
  onImported,
}: {
  table: string;
  keys: string[];
  scopes: Scopes;
  onImported: () => void;
}): { menu: ReactNode; dialogs: ReactNode } {
  const [open, setOpen] = useState<Which | null>(null);
  const close = () => setOpen(null);
  return {
    menu: (
      <ButtonDropdown items={choices} onItemClick={({ detail }) => setOpen(detail.id as Which)}>
        Transfer
      </ButtonDropdown>
    ),
    dialogs: (
      <>
        {open === "import" && (
          <ImportDialog
            table={table}
            keys={keys}
            onClose={(hasWritten) => {
              close();
              if (hasWritten) onImported();
            }}
          />
        )}
        {open === "export" && <ExportDialog table={table} scopes={scopes} onClose={close} />}
        {open === "copy" && <CopyDialog table={table} scopes={scopes} onClose={close} />}
      </>
    ),
  };
}
