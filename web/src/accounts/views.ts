import { page, type View } from "../app/page.ts";
import { TEXTS } from "./texts.ts";

export const ACCOUNTS_VIEWS: readonly View[] = [
  { path: "/accounts", page: page(TEXTS, () => import("./AccountsPage.tsx")), right: "changeAccounts" },
];
