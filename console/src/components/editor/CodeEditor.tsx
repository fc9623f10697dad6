// CodeMirror as a React component. The text belongs to the caller; what CodeMirror knows besides
// (selection, undo) stays in it.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder as placeholderText,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import styles from "./editor.module.css";
import { jsonc } from "./jsonc.ts";
import { appearance } from "./theme.ts";

export interface CodeEditorProps {
  /** The accessible name. */
  label: string;
  value: string;
  onChange?: (value: string) => void;
  isReadOnly?: boolean;
  /** `json` (with comments), or plain text. */
  language?: "json" | "text";
  placeholder?: string;
  /** As high as what it is in, which has to be a flex column. */
  isFilling?: boolean;
  /** CSS lengths. Without them it is as high as its content. */
  minHeight?: string;
  maxHeight?: string;
  /** Completion, lint, keys. Keep its identity while it means the same. */
  extensions?: Extension;
  /** Gives the view once it is there, and `null` when it goes. */
  onView?: (view: EditorView | null) => void;
}

/** Marks a change that came from the caller, which it need not be told of. */
const isFromCaller = Annotation.define<boolean>();

const editing: Extension = [
  history(),
  closeBrackets(),
  bracketMatching(),
  autocompletion({ icons: false }),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  indentOnInput(),
  // Tab leaves after Escape, as CodeMirror documents: nobody is trapped.
  keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
];

export default function CodeEditor(props: CodeEditorProps) {
  const {
    label,
    value,
    isReadOnly = false,
    isFilling = false,
    language = "json",
    placeholder,
    minHeight,
    maxHeight,
    extensions,
  } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const parts = useRef({ given: new Compartment(), fixed: new Compartment() });
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (host.current === null) return;
    const { given, fixed } = parts.current;
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          given.of(latest.current.extensions ?? []),
          fixed.of([]),
          appearance,
          lineNumbers(),
          foldGutter(),
          drawSelection(),
          highlightSelectionMatches(),
          indentUnit.of("  "),
          keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            if (update.transactions.every((change) => change.annotation(isFromCaller) === true)) return;
            latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    latest.current.onView?.(made);
    return () => {
      latest.current.onView?.(null);
      view.current = null;
      made.destroy();
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({
      effects: parts.current.fixed.reconfigure([
        language === "json" ? jsonc : EditorView.lineWrapping,
        isReadOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : editing,
        // A view takes the focus too, so that the keyboard can scroll and copy it.
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", "aria-multiline": "true" }),
        placeholder === undefined ? [] : placeholderText(placeholder),
        EditorView.theme({
          ...(minHeight && { ".cm-content, .cm-gutter": { minHeight } }),
          ...(maxHeight && { "&": { maxHeight } }),
        }),
      ]),
    });
  }, [label, isReadOnly, language, placeholder, minHeight, maxHeight]);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.given.reconfigure(extensions ?? []) });
  }, [extensions]);

  useEffect(() => {
    const { current } = view;
    if (current === null || current.state.doc.toString() === value) return;
    current.dispatch({
      changes: { from: 0, to: current.state.doc.length, insert: value },
      annotations: isFromCaller.of(true),
    });
  }, [value]);

  return <div className={`${styles["editor"]} ${isFilling ? styles["filling"] : ""}`} ref={host} />;
}
