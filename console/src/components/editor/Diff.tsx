// What changes between two texts, one below the other, unchanged parts folded.

import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import styles from "./editor.module.css";
import { jsonc } from "./jsonc.ts";
import { appearance } from "./theme.ts";

export interface DiffProps {
  /** The accessible name. */
  label: string;
  before: string;
  after: string;
  /** A CSS length. */
  maxHeight?: string;
}

const colors = EditorView.theme({
  ".cm-changedLine, &.cm-merge-b .cm-changedLine": {
    backgroundColor: "color-mix(in srgb, var(--pixii-good) 13%, transparent) !important",
  },
  ".cm-changedText, &.cm-merge-b .cm-changedText": {
    background: "color-mix(in srgb, var(--pixii-good) 26%, transparent) !important",
  },
  ".cm-deletedChunk": {
    backgroundColor: "color-mix(in srgb, var(--pixii-bad) 12%, transparent) !important",
    paddingLeft: "6px",
  },
  ".cm-deletedChunk .cm-deletedText": {
    background: "color-mix(in srgb, var(--pixii-bad) 26%, transparent) !important",
  },
  ".cm-deletedLine": { textDecoration: "none" },
  ".cm-collapsedLines": {
    background: "var(--pixii-hover) !important",
    color: "var(--pixii-ink-muted)",
    padding: "3px 10px",
    fontFamily: "var(--pixii-sans)",
  },
  ".cm-changeGutter .cm-changedLineGutter": { background: "var(--pixii-good)" },
  ".cm-changeGutter .cm-deletedLineGutter": { background: "var(--pixii-bad)" },
});

export default function Diff({ label, before, after, maxHeight }: DiffProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          appearance,
          colors,
          lineNumbers(),
          jsonc,
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          maxHeight === undefined ? [] : EditorView.theme({ "&": { maxHeight } }),
          unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 2, minSize: 5 } }),
        ],
      }),
    });
    return () => view.destroy();
  }, [label, before, after, maxHeight]);
  return <div className={styles["editor"]} ref={host} />;
}
