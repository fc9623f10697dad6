// What the service refused, which member it means, and what helps.

import type { Position, Refused } from "../api.ts";
import { JumpButton } from "./Findings.tsx";
import styles from "./queries.module.css";

export function RefusalView({ refusal, onJump }: { refusal: Refused; onJump: (position: Position) => void }) {
  return (
    <div className={styles["refusal"]}>
      <h3>{refusal.exception}</h3>
      <p>{refusal.message}</p>
      {refusal.members.length > 0 && (
        <ul aria-label="What it is about" className={styles["members"]}>
          {refusal.members.map(({ path, position }) => (
            <li key={path}>
              <code>{path}</code> {position && <JumpButton position={position} onJump={onJump} />}
            </li>
          ))}
        </ul>
      )}
      {refusal.cancellations.length > 0 && <Cancellations refusal={refusal} onJump={onJump} />}
      {refusal.advice !== null && <p className={styles["advice"]}>{refusal.advice}</p>}
    </div>
  );
}

function Cancellations({ refusal, onJump }: { refusal: Refused; onJump: (position: Position) => void }) {
  return (
    <div className={styles["scroll"]}>
      <table className={styles["plain-table"]} aria-label="Cancellation reasons">
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col">Reason</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {refusal.cancellations.map(({ index, entry, position, code, message, item }) => (
            <tr key={index} data-is-fine={code === "None"}>
              <th scope="row">
                <code>{entry}</code> {position && code !== "None" && <JumpButton position={position} onJump={onJump} />}
              </th>
              <td>{code === "None" ? "would have succeeded" : code}</td>
              <td>
                {message}
                {item !== null && item !== undefined && (
                  <details>
                    <summary>The item as it is</summary>
                    <pre>{JSON.stringify(item, null, 2)}</pre>
                  </details>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
