import { page, type View } from "../app/page.ts";
import { TEXTS } from "./texts.ts";

export const ACCOUNTING_VIEWS: readonly View[] = [
  { path: "/balance", page: page(TEXTS, () => import("./log/MyBalancePage.tsx")) },
  { path: "/company", page: page(TEXTS, () => import("./company/CompanyPage.tsx")), right: "seeCompany" },
  { path: "/balances", page: page(TEXTS, () => import("./balances/BalancesPage.tsx")), right: "seeCompany" },
  {
    path: "/balances/:accountId",
    page: page(TEXTS, () => import("./balances/AccountPage.tsx")),
    right: "seeCompany",
  },
  { path: "/closes", page: page(TEXTS, () => import("./closes/ClosesPage.tsx")), right: "seeCompany" },
  { path: "/closes/:day", page: page(TEXTS, () => import("./closes/ClosePage.tsx")), right: "seeCompany" },
];
