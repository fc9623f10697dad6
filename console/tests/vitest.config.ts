import { defineConfig } from "vitest/config";

// In a browser, against a server: one that runs (PIXII_CONSOLE_URL), or one that the tests start (PIXII_BIN).
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One server is shared, and each test file changes it.
    fileParallelism: false,
  },
});
