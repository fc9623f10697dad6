// A record: what changed in a line, and both images beside each other when it is opened.

import { memo, useState } from "react";
import { CopyButton } from "../../components/CopyButton.tsx";
import shared from "../administration.module.css";
import { bytes } from "../amounts.ts";
import { Facts } from "../Facts.tsx";
import own from "./streams.module.css";
import type { StreamRecord } from "./tail.ts";
import { differences, keyText, text, typeOf, type Difference, type Value } from "./values.ts";

const kinds = { INSERT: ["Insert", ""], MODIFY: ["Modify", "copper"], REMOVE: ["Remove", "bad"] } as const;

export const RecordEntry = memo(function RecordEntry({ record, shard }: { record: StreamRecord; shard: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const { Keys, OldImage, NewImage, ApproximateCreationDateTime: seconds, SizeBytes } = record.dynamodb;
  const found = differences(OldImage, NewImage, Keys);
  const [name, kind] = kinds[record.eventName];
  return (
    <li>
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          <time>{seconds === undefined ? "–" : new Date(seconds * 1000).toLocaleTimeString("en-GB")}</time>
          <span>
            <span className={shared["tag"]} data-kind={kind}>
              {name}
            </span>
          </span>
          <code>{keyText(Keys)}</code>
          <span className={own["size"]}>{bytes(SizeBytes)}</span>
          <span className={own["change"]}>{changed(found, Keys)}</span>
        </summary>
        {isOpen && <Detail record={record} shard={shard} found={found} />}
      </details>
    </li>
  );
});

/** What changed, in a line. */
function changed(found: Difference[], keys: Record<string, Value>): string {
  return found
    .filter(({ name, kind }) => kind !== "same" && !(name in keys))
    .map(({ name, before, after, kind }) => {
      if (kind === "changed") return `${name}: ${shown(before)} → ${shown(after)}`;
      return kind === "added" ? `+ ${name}: ${shown(after)}` : `− ${name}`;
    })
    .join(" · ");
}

const shown = (value: Value | undefined) => (value === undefined ? "" : text(value));

function Detail({ record, shard, found }: { record: StreamRecord; shard: string; found: Difference[] }) {
  const { SequenceNumber } = record.dynamodb;
  const service = record.userIdentity?.PrincipalId;
  return (
    <div className={own["detail"]}>
      <div className={own["images"]}>
        <table>
          <caption className="pixii-unseen">Images of the item</caption>
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {found.map(({ name, kind, before, after }) => (
              <tr key={name} data-kind={kind}>
                <th scope="row">{name}</th>
                <td className={kind === "changed" || kind === "removed" ? own["before"] : undefined}>
                  <Typed value={before} />
                </td>
                <td className={kind === "changed" || kind === "added" ? own["after"] : undefined}>
                  <Typed value={after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Facts
        facts={[
          ["Sequence number", <code key="number">{SequenceNumber}</code>],
          ["Shard", <code key="shard">{shard}</code>],
          ["Made by", service === undefined ? undefined : `${service} (an item that expired)`],
        ]}
      />
      <div>
        <CopyButton text={JSON.stringify(record, null, 2)} label="Copy the record as JSON" />
      </div>
    </div>
  );
}

function Typed({ value }: { value: Value | undefined }) {
  if (value === undefined) return <span className={shared["muted"]}>–</span>;
  return (
    <>
      <span className={own["type"]}>{typeOf(value)}</span>
      <span className={shared["mono"]}>{text(value)}</span>
    </>
  );
}
