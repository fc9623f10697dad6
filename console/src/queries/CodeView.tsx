// The query as code in other languages.

import { useState } from "react";
import { call, type Language, type QueryBody } from "../api.ts";
import { keep, kept } from "../app/kept.ts";
import { Choice } from "../components/Choice.tsx";
import { CopyButton } from "../components/CopyButton.tsx";
import { CodeEditor } from "../components/editor/index.tsx";
import { ErrorBox } from "../components/ErrorBox.tsx";
import { useLoad } from "../components/useLoad.ts";
import styles from "./queries.module.css";

const languages: { id: Language; text: string }[] = [
  { id: "aws-cli", text: "AWS CLI" },
  { id: "curl", text: "curl" },
  { id: "python", text: "Python" },
  { id: "javascript", text: "JavaScript" },
  { id: "rust", text: "Rust" },
];
const KEPT = "code-language";

export function CodeView({ body }: { body: QueryBody }) {
  const [language, setLanguage] = useState<Language>(
    () => languages.find(({ id }) => id === kept(KEPT))?.id ?? "aws-cli",
  );
  const key = JSON.stringify([language, body]);
  const { value, error, reload } = useLoad(key, (signal) => call("MakeCode", { ...body, language }, signal));
  return (
    <div className={styles["reply"]}>
      <div className={styles["code-head"]}>
        <Choice
          label="Language"
          value={language}
          options={languages}
          onChange={(next) => {
            setLanguage(next);
            keep(KEPT, next);
          }}
        />
        {value && <CopyButton text={value.code} label="Copy the code" />}
      </div>
      {error !== undefined && <ErrorBox error={error} again={reload} />}
      {value && <CodeEditor label="Code" value={value.code} isReadOnly isFilling language="text" />}
    </div>
  );
}
