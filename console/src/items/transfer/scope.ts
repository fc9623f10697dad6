// Which items a file or a copy gets.

import { page, type Ask } from "../paging.ts";
import type { Asked } from "../useItems.ts";
import { itemCount, type Item } from "../values.ts";

export type ScopeId = "selected" | "loaded" | "all";

/** What there is to choose from. */
export interface Scopes {
  selected: Item[];
  loaded: Item[];
  /** The request whose items are shown. */
  asked: Asked | null;
}

export interface ScopeOption {
  value: ScopeId;
  label: string;
  description?: string;
}

export function scopeOptions({ selected, loaded, asked }: Scopes): ScopeOption[] {
  return [
    ...(selected.length > 0
      ? [{ value: "selected" as const, label: `What is selected: ${itemCount(selected.length)}` }]
      : []),
    { value: "loaded" as const, label: `What is loaded: ${itemCount(loaded.length)}` },
    ...(asked !== null
      ? [
          {
            value: "all" as const,
            label: `All that the ${asked.command} finds`,
            description: "It is asked again from its first page to its last.",
          },
        ]
      : []),
  ];
}

/** The items, page by page. */
export async function* pagesOf(id: ScopeId, scopes: Scopes, ask: Ask): AsyncGenerator<Item[]> {
  if (id !== "all" || scopes.asked === null) {
    yield id === "selected" ? scopes.selected : scopes.loaded;
    return;
  }
  const { command, body } = scopes.asked;
  let next: Item | null = null;
  do {
    const got = await page(ask, command, body, next);
    yield got.items;
    next = got.next;
  } while (next !== null);
}
