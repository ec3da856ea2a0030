import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { localInstallation } from "./scripts/local-config.ts";

export default defineConfig({
  plugins: [
    react(),
    lingui({ macroTransform: true, failOnMissing: true, failOnCompileError: true }),
    localInstallation(),
  ],
  build: {
    manifest: true,
    outDir: "../build/web",
    emptyOutDir: true,
    target: "es2023",
    // A data: address would be refused by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 8080, strictPort: true },
  preview: { port: 8080, strictPort: true },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node", restoreMocks: true },
});
