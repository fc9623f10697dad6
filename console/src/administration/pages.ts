import type { Page } from "../app/page.ts";

export const pages: Page[] = [
  {
    path: "/tables",
    title: "Tables",
    navigation: { order: 3, icon: "folder", group: "data" },
    keywords: "create index capacity schema",
    load: () => import("./TablesPage.tsx"),
  },
];
