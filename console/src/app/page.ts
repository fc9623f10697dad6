// What a page is to the shell. Each area lists its own in its `pages.ts`.

import type { IconProps } from "@cloudscape-design/components/icon";
import type { ComponentType } from "react";

export interface Page {
  /** Below `/_pixii/console`, with wouter's parameters: `/tables/:table`. */
  path: string;
  /** As the document's title, and in the command palette unless the path has parameters. */
  title: string;
  /** Shown at the side where given; `order` sorts. Pages below it (`/tables/x` of `/tables`) mark the same entry. */
  navigation?: { order: number; icon: IconProps.Name; group: "data" | "operate" | "access" };
  /** Words by which the palette finds it too. */
  keywords?: string;
  /** `() => import("./TablesPage.tsx")`: the page's code loads when it is first shown. */
  load: () => Promise<{ default: ComponentType }>;
}
