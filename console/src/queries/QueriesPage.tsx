import { useState } from "react";
import { CodeEditor } from "../components/editor/index.tsx";
import { PageFrame } from "../components/PageFrame.tsx";

export default function QueriesPage() {
  const [text, setText] = useState("{}");
  return (
    <PageFrame title="Queries" isWide>
      <CodeEditor label="Query body" value={text} onChange={setText} />
    </PageFrame>
  );
}
