// The editors. CodeMirror loads when the first one shows.

import { lazy, Suspense } from "react";
import type { CodeEditorProps } from "./CodeEditor.tsx";
import type { DiffProps } from "./Diff.tsx";
import styles from "./editor.module.css";

const Editor = lazy(() => import("./CodeEditor.tsx"));
const LazyDiff = lazy(() => import("./Diff.tsx"));

const Waiting = () => <div className={styles["waiting"]} />;

/** An editor, or with `isReadOnly` a view, of JSON or other text. `label` is its accessible name. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Waiting />}>
      <Editor {...props} />
    </Suspense>
  );
}

/** What changes between two texts. */
export function Diff(props: DiffProps) {
  return (
    <Suspense fallback={<Waiting />}>
      <LazyDiff {...props} />
    </Suspense>
  );
}
