// Fails where the first page needs more than it may: everything that loads before the query
// editor is usable, compressed.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BYTES_MAX = 600_000;
// The page that `/` leads to, and what it loads by itself.
const FIRST = ["index.html", "src/queries/QueriesPage.tsx", "src/queries/QueryEditor.tsx"];

const folder = process.argv[2] ?? "dist";
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8"));
const files = new Set(["index.html"]);
const seen = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (chunk === undefined)
    throw new Error(`${key} is not in the manifest: name the first page's files in scripts/budget.js`);
  if (seen.has(key)) return;
  seen.add(key);
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const next of chunk.imports ?? []) visit(next);
};
FIRST.forEach(visit);

const sizes = [...files]
  .map((file) => ({ file, bytes: gzipSync(readFileSync(`${folder}/${file}`), { level: 9 }).length }))
  .sort((a, b) => b.bytes - a.bytes);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { file, bytes } of sizes.filter(({ bytes }) => bytes >= 5000))
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${file}`);
console.log(`${(total / 1000).toFixed(1).padStart(7)} KB  first load, of ${BYTES_MAX / 1000} KB`);
if (total > BYTES_MAX) process.exit(1);
