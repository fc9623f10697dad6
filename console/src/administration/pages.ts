import type { Page } from "../app/page.ts";

export const pages: Page[] = [
  {
    path: "/tables",
    title: "Tables",
    navigation: { order: 3, icon: "folder", group: "data" },
    keywords: "index capacity schema ttl tags policy",
    load: () => import("./tables/TablesPage.tsx"),
  },
  {
    // No table is called so, and it is below Tables.
    path: "/tables/~create",
    title: "Create table",
    keywords: "new table",
    load: () => import("./tables/CreateTablePage.tsx"),
  },
  { path: "/tables/:table", title: "Table", load: () => import("./tables/TablePage.tsx") },
  {
    path: "/backups",
    title: "Backups",
    navigation: { order: 4, icon: "history", group: "operate" },
    keywords: "restore recovery",
    load: () => import("./backups/BackupsPage.tsx"),
  },
  {
    path: "/backups/restore",
    title: "Restore to a point in time",
    keywords: "recovery backup",
    load: () => import("./backups/RestorePage.tsx"),
  },
  {
    path: "/streams",
    title: "Streams",
    navigation: { order: 5, icon: "multiscreen", group: "operate" },
    keywords: "changes records live tail",
    load: () => import("./streams/StreamsPage.tsx"),
  },
  {
    path: "/global-tables",
    title: "Global tables",
    navigation: { order: 6, icon: "globe", group: "operate" },
    keywords: "replicas regions replication",
    load: () => import("./globals/GlobalTablesPage.tsx"),
  },
  {
    path: "/metrics",
    title: "Metrics",
    navigation: { order: 7, icon: "view-vertical", group: "operate" },
    keywords: "charts latency errors requests monitor",
    load: () => import("./metrics/MetricsPage.tsx"),
  },
  {
    path: "/users",
    title: "Users",
    navigation: { order: 8, icon: "group", group: "access" },
    keywords: "access keys policies permissions iam simulator session",
    load: () => import("./users/UsersPage.tsx"),
  },
  { path: "/users/:user", title: "User", load: () => import("./users/UserPage.tsx") },
];
