// Finding by a few letters of each word.

interface Named {
  title: string;
  group: string;
  keywords?: string;
}

/**
 * Those in which every word that was typed is found, best first: at the start of the title, then of a word
 * (`PutItem` has the words Put and Item), then anywhere, then by the initials, then in the keywords.
 * Otherwise the order stays.
 */
export function search<T extends Named>(all: T[], text: string): T[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return all;
  return all
    .map((entry) => ({ entry, scores: wanted.map((word) => score(entry, word)) }))
    .filter(({ scores }) => scores.every((value) => value < Infinity))
    .map(({ entry, scores }) => ({ entry, total: scores.reduce((sum, value) => sum + value, 0) }))
    .sort((a, b) => a.total - b.total)
    .map(({ entry }) => entry);
}

function score(entry: Named, word: string): number {
  const title = entry.title.toLowerCase();
  if (title === word) return 0;
  if (title.startsWith(word)) return 1;
  if (words(entry.title).some((part) => part.toLowerCase().startsWith(word))) return 2;
  if (title.includes(word)) return 3;
  if (`${entry.group} ${entry.keywords ?? ""}`.toLowerCase().includes(word)) return 5;
  return initials(entry.title).startsWith(word) ? 4 : Infinity;
}

/** `bwi` of `BatchWriteItem`. */
function initials(title: string): string {
  return words(title)
    .map((word) => word.charAt(0))
    .join("")
    .toLowerCase();
}

function words(title: string): string[] {
  return title.split(/(?=[A-Z])|[^\p{L}\p{N}]+/u);
}
