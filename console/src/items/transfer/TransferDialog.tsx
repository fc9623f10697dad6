// A dialog whose work takes long: it can be stopped, and is not closed before that.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** What the dialog does next. */
export interface Action {
  label: string;
  isReady: boolean;
  isRunning: boolean;
  start: () => void;
}

export function TransferDialog({
  header,
  size = "medium",
  action,
  onStop,
  onClose,
  children,
}: {
  header: string;
  size?: "medium" | "large";
  action: Action;
  onStop: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { label, isReady, isRunning, start } = action;
  return (
    <Modal
      visible
      size={size}
      header={header}
      onDismiss={() => {
        if (!isRunning) onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={isRunning ? onStop : onClose}>
              {isRunning ? "Stop" : "Close"}
            </Button>
            <Button variant="primary" disabled={!isReady} loading={isRunning} onClick={start}>
              {label}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
    </Modal>
  );
}
