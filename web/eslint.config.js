import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import lingui from "eslint-plugin-lingui";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const DASHBOARDS = ["tracking", "accounting", "analytics", "accounts"];

/** A dashboard knows what all share, and no other dashboard. */
const apart = DASHBOARDS.map((name) => ({
  files: [`src/${name}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: DASHBOARDS.filter((other) => other !== name).map((other) => ({
          regex: `^(\\.\\./)+${other}/`,
        })),
      },
    ],
  },
}));

export default defineConfig([
  globalIgnores(["src/app/api/types", "node_modules", "*.tmp.*"]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  jsxA11y.flatConfigs.strict,
  hooks.configs.flat["recommended-latest"],
  lingui.configs["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 150, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "jsx-a11y/no-autofocus": "off", // a dialog's first field, and what takes a focused button's place
      "lingui/no-unlocalized-strings": "off",
    },
  },
  ...apart,
  { files: ["eslint.config.js"], extends: [tseslint.configs.disableTypeChecked] },
]);
