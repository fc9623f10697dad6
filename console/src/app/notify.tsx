// Messages above the page: what was done, what failed.

import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, use, useMemo, useState, type ReactNode } from "react";
import { describe, isAbort } from "../api.ts";

const COUNT_MAX = 5;
const SUCCESS_MS = 6000;
let next = 0;

export interface Message {
  type: "success" | "error" | "warning" | "info";
  header?: ReactNode;
  content?: ReactNode;
  action?: ReactNode;
}

interface Notify {
  /** Shows a message, and gives what takes it away. A success goes by itself. */
  notify: (message: Message) => () => void;
  /** Shows an error that was thrown by `call` or `send`; an aborted call says nothing. */
  fail: (error: unknown) => void;
}

const NotifyContext = createContext<Notify | null>(null);
const ItemsContext = createContext<FlashbarProps.MessageDefinition[]>([]);

export function useNotify(): Notify {
  const value = use(NotifyContext);
  if (value === null) throw new Error("nothing shows messages above this component");
  return value;
}

export function NotifyProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const value = useMemo<Notify>(() => {
    const dismiss = (id: string) => setItems((now) => now.filter((item) => item.id !== id));
    const notify = (message: Message) => {
      const id = String(next++);
      const item: FlashbarProps.MessageDefinition = {
        ...message,
        id,
        dismissible: true,
        dismissLabel: "Dismiss this message",
        onDismiss: () => dismiss(id),
        ariaRole: message.type === "error" ? "alert" : "status",
      };
      setItems((now) => [item, ...now].slice(0, COUNT_MAX));
      if (message.type === "success") window.setTimeout(dismiss, SUCCESS_MS, id);
      return () => dismiss(id);
    };
    const fail = (error: unknown) => {
      if (isAbort(error)) return;
      const { title, message } = describe(error);
      notify({ type: "error", header: title, content: message });
    };
    return { notify, fail };
  }, []);
  return (
    <NotifyContext value={value}>
      <ItemsContext value={items}>{children}</ItemsContext>
    </NotifyContext>
  );
}

/** Where the shell shows them. */
export function Messages() {
  const items = use(ItemsContext);
  if (items.length === 0) return null;
  return (
    <div className="pixii-messages">
      <Flashbar items={items} />
    </div>
  );
}
