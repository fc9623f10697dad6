import { pages as administration } from "../administration/pages.ts";
import { pages as connections } from "../connections/pages.ts";
import { pages as items } from "../items/pages.ts";
import { pages as queries } from "../queries/pages.ts";
import type { Page } from "./page.ts";

/** Every page of the console. */
export const pages: Page[] = [...queries, ...items, ...administration, ...connections];
