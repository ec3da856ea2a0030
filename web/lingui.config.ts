import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

/** One catalog for what all share and one per dashboard, loaded with it. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "ru"],
  catalogs: ["app", "tracking", "accounting", "analytics", "accounts"].map((name) => ({
    path: `<rootDir>/src/${name}/texts/{locale}`,
    include: [`<rootDir>/src/${name}`],
    exclude: ["**/*.test.*", "**/*.d.ts"],
  })),
  format: formatter({ lineNumbers: false }),
});
