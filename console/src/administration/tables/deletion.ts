// Deleting a table: asks for its name, and first turns protection off where that is on.

import { useCallback, useState } from "react";
import { useConfirm, useSend } from "../../app/confirm.tsx";
import { useNotify } from "../../app/notify.tsx";
import { forgetTables, type TableDescription } from "../../components/tables.ts";
import { counted } from "../amounts.ts";

/** Gives whether it was deleted. */
export function useDeletion(): { isBusy: boolean; remove: (table: TableDescription) => Promise<boolean> } {
  const confirm = useConfirm();
  const send = useSend();
  const { notify, fail } = useNotify();
  const [isBusy, setIsBusy] = useState(false);
  const remove = useCallback(
    async (table: TableDescription) => {
      const { TableName, DeletionProtectionEnabled: isProtected } = table;
      const replicas = table.Replicas?.length ?? 0;
      const isSure = await confirm({
        title: `Delete ${TableName}?`,
        body: [
          `The table with ${counted(table.ItemCount ?? 0, "item")} and its indexes are deleted, which cannot be taken back.`,
          replicas > 0 ? " The replicas in other Regions stay." : "",
          isProtected ? " It is protected against deletion: protection is turned off first." : "",
        ].join(""),
        action: isProtected ? "Turn protection off, then delete" : "Delete table",
        typed: TableName,
      });
      if (!isSure) return false;
      setIsBusy(true);
      try {
        if (isProtected) await send("UpdateTable", { TableName, DeletionProtectionEnabled: false });
        await send("DeleteTable", { TableName });
        notify({ type: "success", content: `The table ${TableName} is deleted.` });
        return true;
      } catch (error) {
        fail(error);
        return false;
      } finally {
        forgetTables();
        setIsBusy(false);
      }
    },
    [confirm, send, notify, fail],
  );
  return { isBusy, remove };
}
