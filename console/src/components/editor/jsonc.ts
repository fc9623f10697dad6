// The language of query bodies, for CodeMirror.

import {
  continuedIndent,
  foldInside,
  foldNodeProp,
  indentNodeProp,
  LanguageSupport,
  LRLanguage,
} from "@codemirror/language";
import { styleTags, tags } from "@lezer/highlight";
import { parser } from "./jsonc.grammar";

const language = LRLanguage.define({
  name: "jsonc",
  parser: parser.configure({
    props: [
      styleTags({
        String: tags.string,
        Number: tags.number,
        "True False": tags.bool,
        Null: tags.null,
        PropertyName: tags.propertyName,
        Parameter: tags.special(tags.variableName),
        LineComment: tags.lineComment,
        BlockComment: tags.blockComment,
        ", :": tags.separator,
        "[ ]": tags.squareBracket,
        "{ }": tags.brace,
      }),
      indentNodeProp.add({
        Object: continuedIndent({ except: /^\s*\}/ }),
        Array: continuedIndent({ except: /^\s*\]/ }),
      }),
      foldNodeProp.add({ "Object Array": foldInside }),
    ],
  }),
  languageData: {
    closeBrackets: { brackets: ["[", "{", '"'] },
    commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
    indentOnInput: /^\s*[}\]]$/,
  },
});

export { parser };

export const jsonc = new LanguageSupport(language);
