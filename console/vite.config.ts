import { lezer } from "@lezer/generator/rollup";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { theme } from "./scripts/theme.ts";

// While developing, `PIXII=http://127.0.0.1:8000 npm run dev` asks that server.
const server = process.env["PIXII"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/_pixii/console/",
  plugins: [react(), theme(), lezer()],
  build: {
    target: "es2022",
    manifest: "manifest.json",
    // Nothing is put in place as data: or inline, so that the policy needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: {
      "/_pixii/console/api": { target: server, changeOrigin: true },
      "/_pixii/console/model.json": { target: server, changeOrigin: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
