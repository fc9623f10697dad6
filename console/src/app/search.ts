// Finding by a few letters of each word.

interface Named {
  title: string;
  group: string;
  keywords?: string;
}

/**
 * Those in which every word that was typed is found, best first: at the start of the title, then of a word
 * (`PutItem` has the words Put and Item), then anywhere, then in the keywords, then letter by letter.
 * Otherwise the order stays.
 */
export function search<T extends Named>(all: T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  return all
    .map((entry) => ({ entry, scores: words.map((word) => score(entry, word)) }))
    .filter(({ scores }) => scores.every((value) => value < Infinity))
    .map(({ entry, scores }) => ({ entry, total: scores.reduce((sum, value) => sum + value, 0) }))
    .sort((a, b) => a.total - b.total)
    .map(({ entry }) => entry);
}

function score(entry: Named, word: string): number {
  const title = entry.title.toLowerCase();
  if (title === word) return 0;
  if (title.startsWith(word)) return 1;
  if (entry.title.split(/(?=[A-Z])|[^\p{L}\p{N}]+/u).some((part) => part.toLowerCase().startsWith(word))) return 2;
  if (title.includes(word)) return 3;
  if (`${entry.group} ${entry.keywords ?? ""}`.toLowerCase().includes(word)) return 5;
  return isScattered(title, word) ? 8 : Infinity;
}

/** Whether the letters come in this order, as `bwi` in `BatchWriteItem`. */
function isScattered(title: string, letters: string): boolean {
  let at = 0;
  for (const letter of title) if (letter === letters[at]) at += 1;
  return at === letters.length;
}
