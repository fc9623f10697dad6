import Button, { type ButtonProps } from "@cloudscape-design/components/button";

const root = {
  color: {
    default: "var(--pixii-accent)",
    hover: "var(--pixii-accent-hover)",
    active: "var(--pixii-accent-hover)",
    disabled: "var(--pixii-ink-faint)",
  },
};

/** A button in a line of text or in a list, in the color of links. */
export function TextButton(props: Omit<ButtonProps, "variant" | "style">) {
  return <Button {...props} variant="inline-link" style={{ root }} />;
}
