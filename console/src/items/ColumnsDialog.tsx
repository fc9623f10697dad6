// Which columns show, in which order.

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { emptyLayout, moved, ordered, toggled, type Column, type Layout } from "./columns.ts";
import styles from "./items.module.css";

export function ColumnsDialog({
  columns,
  layout,
  onChange,
  onClose,
}: {
  columns: Column[];
  layout: Layout;
  onChange: (layout: Layout) => void;
  onClose: () => void;
}) {
  const all = ordered(columns, layout);
  return (
    <Modal
      visible
      header="Columns"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => onChange(emptyLayout)}>
              Reset
            </Button>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <ul className={styles["columns"]} aria-label="Columns">
        {all.map(({ name, types }, index) => (
          <li key={name}>
            <Checkbox
              checked={!layout.hidden.includes(name)}
              description={types.join(" ")}
              onChange={() => onChange({ ...layout, hidden: toggled(layout.hidden, name) })}
            >
              {name}
            </Checkbox>
            <Checkbox
              checked={layout.pinned.includes(name)}
              ariaLabel={`Pin ${name}`}
              onChange={() => onChange({ ...layout, pinned: toggled(layout.pinned, name) })}
            >
              Pin
            </Checkbox>
            {types.includes("N") && (
              <Checkbox
                checked={layout.dates.includes(name)}
                ariaLabel={`Show ${name} as a date`}
                onChange={() => onChange({ ...layout, dates: toggled(layout.dates, name) })}
              >
                Date
              </Checkbox>
            )}
            <Button
              variant="icon"
              iconName="angle-up"
              ariaLabel={`Move ${name} up`}
              disabled={index === 0}
              onClick={() => onChange(moved(columns, layout, name, -1))}
            />
            <Button
              variant="icon"
              iconName="angle-down"
              ariaLabel={`Move ${name} down`}
              disabled={index === all.length - 1}
              onClick={() => onChange(moved(columns, layout, name, 1))}
            />
          </li>
        ))}
      </ul>
    </Modal>
  );
}
