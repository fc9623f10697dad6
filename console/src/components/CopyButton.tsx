import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useNotify } from "../app/notify.tsx";

const SHOWN_MS = 1500;

/** Copies `text`. `label` is its accessible name, such as "Copy the ARN". */
export function CopyButton({ text, label, isIcon = false }: { text: string; label: string; isIcon?: boolean }) {
  const { notify } = useNotify();
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => {
    // Without TLS and off loopback a browser gives no clipboard.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const copied = clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => {
        setIsCopied(true);
        window.setTimeout(setIsCopied, SHOWN_MS, false);
      },
      () => notify({ type: "warning", content: "This browser does not let the page copy. Select the text instead." }),
    );
  };
  const icon = isCopied ? "check" : "copy";
  if (isIcon) return <Button variant="inline-icon" iconName={icon} ariaLabel={label} onClick={copy} />;
  return (
    <Button iconName={icon} ariaLabel={label} onClick={copy}>
      {isCopied ? "Copied" : "Copy"}
    </Button>
  );
}
