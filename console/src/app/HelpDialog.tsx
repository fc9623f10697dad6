import Modal from "@cloudscape-design/components/modal";
import { modifier } from "./actions.tsx";

const shortcuts: [string, string][] = [
  [`${modifier}Enter`, "Run the query"],
  [`${modifier}K`, "Command palette: every page, table, command and saved query"],
  [`${modifier}S`, "Save the query"],
  ["Ctrl+Space", "Complete what is typed in the editor"],
  [`${modifier}F`, "Find in the editor"],
  ["Escape, then Tab", "Leave the editor with the keyboard"],
  ["?", "This dialog"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal visible header="Help" onDismiss={onClose} closeAriaLabel="Close">
      <h3 className="pixii-help-title">Keyboard</h3>
      <dl className="pixii-keys">
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h3 className="pixii-help-title">Query bodies</h3>
      <ul className="pixii-help-list">
        <li>
          Comments and trailing commas are fine. Plain values become typed ones: <code>&quot;a&quot;</code> is sent as{" "}
          <code>{'{"S": "a"}'}</code>, after the types of the table&apos;s keys.
        </li>
        <li>
          <code>{"{{ name }}"}</code> is a parameter: its value is put in place as JSON, never as pasted text.
        </li>
        <li>What would change the meaning is only offered, as a difference that you apply.</li>
      </ul>
    </Modal>
  );
}
