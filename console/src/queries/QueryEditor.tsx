// The editor of a body: completion from the model and the tables, and what the server found, where it found it.

import { autocompletion } from "@codemirror/autocomplete";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Mode, Position, Problem } from "../api.ts";
import { usePlace } from "../app/place.tsx";
import CodeEditor from "../components/editor/CodeEditor.tsx";
import { describeTable, tableNames } from "../components/tables.ts";
import type { Model } from "../model.ts";
import { completeBody, type Attribute, type Knowledge } from "./body/complete.ts";
import { rangeOf } from "./position.ts";

/** Where to put the cursor; a new object each time. */
export interface Jump {
  position: Position;
}

export default function QueryEditor({
  value,
  onChange,
  command,
  mode,
  model,
  problems,
  jump,
}: {
  value: string;
  onChange: (value: string) => void;
  command: string;
  mode: Mode;
  model: Model | undefined;
  problems: Problem[];
  jump: Jump | null;
}) {
  const { place } = usePlace();
  const [view, setView] = useState<EditorView | null>(null);
  const extensions = useMemo(() => {
    if (model === undefined) return [lintGutter()];
    const knowledge: Knowledge = {
      model,
      command,
      isPlain: mode === "plain",
      tables: () => tableNames(place).catch(() => []),
      attributes: async (table) => {
        const found = await describeTable(place, table).catch(() => null);
        return (found?.AttributeDefinitions ?? []).map(({ AttributeName: name, AttributeType: type }): Attribute => ({
          name,
          type,
        }));
      },
      indexes: async (table) => {
        const found = await describeTable(place, table).catch(() => null);
        return [...(found?.GlobalSecondaryIndexes ?? []), ...(found?.LocalSecondaryIndexes ?? [])].map(
          ({ IndexName }) => IndexName,
        );
      },
    };
    return [lintGutter(), autocompletion({ override: [completeBody(knowledge)], icons: false })];
  }, [model, command, mode, place]);

  useEffect(() => {
    if (view === null) return;
    const found = problems.flatMap(({ position, severity, message }): Diagnostic[] =>
      position ? [{ ...rangeOf(view.state.doc, position), severity, message }] : [],
    );
    view.dispatch(setDiagnostics(view.state, found));
  }, [view, problems]);

  const jumped = useRef<Jump | null>(null);
  useEffect(() => {
    if (view === null || jump === null || jumped.current === jump) return;
    jumped.current = jump;
    const { from, to } = rangeOf(view.state.doc, jump.position);
    view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    view.focus();
  }, [view, jump]);

  return (
    <CodeEditor
      label="Query body"
      value={value}
      onChange={onChange}
      isFilling
      extensions={extensions}
      placeholder="JSON. Comments, trailing commas and plain values are fine. Ctrl+Space completes."
      onView={setView}
    />
  );
}
