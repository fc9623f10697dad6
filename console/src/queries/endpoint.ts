// How an endpoint is called, as examples to copy.

import type { SavedQuery } from "../api.ts";
import { parameterValue } from "./parameters.ts";

const TOKEN = "TOKEN";

/** The parameters as one JSON object, with their defaults where they have some. */
function bodyOf(parameters: SavedQuery["parameters"]): string {
  const members = parameters.map(
    ({ name, default: value }) => `${JSON.stringify(name)}: ${value === null ? '"…"' : parameterValue(value).json}`,
  );
  return `{${members.join(", ")}}`;
}

/** For a shell: quotes inside single quotes are written as `'\''`. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlExample(url: string, token: string | null, parameters: SavedQuery["parameters"]): string {
  return [
    `curl ${quoted(url)} \\`,
    `  -H ${quoted(`Authorization: Bearer ${token ?? TOKEN}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(bodyOf(parameters))}`,
  ].join("\n");
}

export function fetchExample(url: string, token: string | null, parameters: SavedQuery["parameters"]): string {
  return [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: "POST",`,
    `  headers: {`,
    `    authorization: ${JSON.stringify(`Bearer ${token ?? TOKEN}`)},`,
    `    "content-type": "application/json",`,
    `  },`,
    `  body: JSON.stringify(${bodyOf(parameters)}),`,
    `});`,
    `console.log(await response.json());`,
  ].join("\n");
}
