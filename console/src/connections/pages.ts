import type { Page } from "../app/page.ts";

export const pages: Page[] = [
  {
    path: "/connections",
    title: "Connections",
    navigation: { order: 9, icon: "share", group: "access" },
    keywords: "endpoint region credentials access key profile role",
    load: () => import("./ConnectionsPage.tsx"),
  },
];
