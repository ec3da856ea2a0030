export const ROLES = ["worker", "accountant", "manager", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What a role may do here; the services decide it, this only shows no more than that. */
const MAY = {
  assignTasks: ["manager", "admin"],
  cancelAnyTask: ["manager", "admin"],
  seeCompany: ["accountant", "admin"],
  correctEntries: ["admin"],
  seeAnalytics: ["admin"],
  changeAccounts: ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof MAY;

export function may(role: Role, right: Right): boolean {
  return (MAY[right] as readonly Role[]).includes(role);
}

export function isRole(value: unknown): value is Role {
  return ROLES.includes(value as Role);
}
