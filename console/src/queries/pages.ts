import type { Page } from "../app/page.ts";

export const pages: Page[] = [
  {
    path: "/queries",
    title: "Queries",
    navigation: { order: 1, icon: "script", group: "data" },
    keywords: "editor command run json",
    load: () => import("./QueriesPage.tsx"),
  },
];
