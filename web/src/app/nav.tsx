import { useLingui } from "@lingui/react/macro";
import {
  BarChart3,
  CalendarCheck2,
  CircleCheckBig,
  Landmark,
  ListTodo,
  type LucideIcon,
  Shuffle,
  TrendingUp,
  Users,
  Wallet,
} from "lucide-react";
import { useApp } from "./context.ts";
import { may, type Right } from "./rights.ts";

export interface NavItem {
  path: string;
  label: string;
  icon: LucideIcon;
  /** Opens it after `g`. */
  letter: string;
  right?: Right;
}

/** The views that this role may open, in groups. */
export function useNav(): { name: string; label: string; items: NavItem[] }[] {
  const { t } = useLingui();
  const { role } = useApp().me;
  const groups: { name: string; label: string; items: NavItem[] }[] = [
    {
      name: "tasks",
      label: t`Tasks`,
      items: [
        { path: "/my-tasks", label: t`My tasks`, icon: CircleCheckBig, letter: "m" },
        { path: "/tasks", label: t`All tasks`, icon: ListTodo, letter: "t" },
        { path: "/shuffles", label: t`Shuffles`, icon: Shuffle, letter: "s", right: "assignTasks" },
      ],
    },
    {
      name: "money",
      label: t`Money`,
      items: [
        { path: "/balance", label: t`My balance`, icon: Wallet, letter: "b" },
        { path: "/company", label: t`Company`, icon: BarChart3, letter: "c", right: "seeCompany" },
        { path: "/balances", label: t`Balances`, icon: Landmark, letter: "l", right: "seeCompany" },
        { path: "/closes", label: t`Daily closes`, icon: CalendarCheck2, letter: "d", right: "seeCompany" },
      ],
    },
    {
      name: "administration",
      label: t`Administration`,
      items: [
        { path: "/analytics", label: t`Analytics`, icon: TrendingUp, letter: "n", right: "seeAnalytics" },
        { path: "/accounts", label: t`Accounts`, icon: Users, letter: "p", right: "changeAccounts" },
      ],
    },
  ];
  return groups
    .map((group) => ({ ...group, items: group.items.filter((item) => !item.right || may(role, item.right)) }))
    .filter((group) => group.items.length > 0);
}
