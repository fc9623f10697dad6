import type { Page } from "../app/page.ts";

export const pages: Page[] = [
  {
    path: "/items",
    title: "Items",
    navigation: { order: 2, icon: "grid-view", group: "data" },
    keywords: "browse scan query import export",
    load: () => import("./ItemsPage.tsx"),
  },
];
