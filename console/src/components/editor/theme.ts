// How code looks: with the palette's variables, so that it turns with the mode.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--pixii-ink)", backgroundColor: "transparent", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--pixii-mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--pixii-ink)", padding: "8px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--pixii-ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--pixii-ink-faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--pixii-accent) 6%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--pixii-accent) 24%, transparent) !important",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--pixii-accent-soft) !important",
    outline: "1px solid var(--pixii-accent)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--pixii-surface)",
    color: "var(--pixii-ink)",
    border: "1px solid var(--pixii-line-strong)",
    borderRadius: "8px",
    boxShadow: "0 6px 24px rgb(0 0 0 / 18%)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--pixii-mono)", fontSize: "12.5px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--pixii-accent-soft)",
    color: "var(--pixii-ink)",
  },
  ".cm-completionDetail": { color: "var(--pixii-ink-muted)", fontStyle: "normal" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700", color: "var(--pixii-accent)" },
  ".cm-completionInfo": { maxWidth: "360px", fontFamily: "var(--pixii-sans)", fontSize: "12.5px", padding: "8px 10px" },
  ".cm-diagnostic": { fontFamily: "var(--pixii-sans)", fontSize: "13px", padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--pixii-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--pixii-caution)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--pixii-note)" },
  ".cm-panels": {
    backgroundColor: "var(--pixii-surface)",
    color: "var(--pixii-ink)",
    borderColor: "var(--pixii-line)",
  },
  ".cm-textfield": { backgroundColor: "var(--pixii-surface)", borderColor: "var(--pixii-line-strong)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--pixii-hover)",
    borderColor: "var(--pixii-line-strong)",
  },
  ".cm-foldPlaceholder": { backgroundColor: "var(--pixii-hover)", border: "none", color: "var(--pixii-ink-muted)" },
  ".cm-placeholder": { color: "var(--pixii-ink-faint)" },
  ".cm-parameter": {
    backgroundColor: "var(--pixii-copper-soft)",
    color: "var(--pixii-copper)",
    borderRadius: "4px",
    padding: "1px 2px",
  },
});

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--pixii-code-name)" },
  { tag: tags.string, color: "var(--pixii-code-string)" },
  { tag: tags.special(tags.variableName), color: "var(--pixii-copper)", fontWeight: "600" },
  { tag: tags.number, color: "var(--pixii-code-number)" },
  { tag: [tags.bool, tags.null, tags.keyword], color: "var(--pixii-code-keyword)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--pixii-code-comment)", fontStyle: "italic" },
  {
    tag: [tags.punctuation, tags.separator, tags.bracket, tags.brace, tags.squareBracket],
    color: "var(--pixii-ink-muted)",
  },
  { tag: tags.invalid, color: "var(--pixii-bad)" },
]);

/** The page's nonce, without which the browser would drop CodeMirror's rules. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export const appearance: Extension = [look, syntaxHighlighting(colors), EditorView.cspNonce.of(nonce)];
