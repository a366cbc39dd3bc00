import { defineConfig } from "vitest/config";
import { isaCoverage } from "./test/isa-coverage/plugin.ts";

export default defineConfig({
  plugins: [isaCoverage()],
  test: {
    include: ["src/**/*.spec.ts", "isa/**/*.spec.ts", "test/**/*.spec.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    globalSetup: ["test/isa-coverage/global.ts"],
    setupFiles: ["test/isa-coverage/setup.ts"],
  },
});
