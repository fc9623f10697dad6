import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { ErrorBox } from "../components/ErrorBox.tsx";

/** A form over the page, with what was refused above it. It stays while what it does is under way, so that the answer is seen. */
export function FormDialog({
  title,
  action,
  onClose,
  onSubmit,
  isBusy = false,
  isDisabled = false,
  error = null,
  size = "medium",
  extra,
  children,
}: {
  title: string;
  /** A verb: what the button says. */
  action: string;
  onClose: () => void;
  onSubmit: () => void;
  isBusy?: boolean;
  isDisabled?: boolean;
  error?: unknown;
  size?: ModalProps.Size;
  extra?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={() => {
        if (!isBusy) onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {extra}
            <Button variant="link" disabled={isBusy} onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} disabled={isDisabled} onClick={onSubmit}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy && !isDisabled) onSubmit();
        }}
      >
        <SpaceBetween size="m">
          {error !== null && error !== undefined && <ErrorBox error={error} />}
          {children}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
