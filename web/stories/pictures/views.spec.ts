import { accountWithId } from "../installation.ts";
import { expect, type Person, test } from "../person.ts";
import type { Task } from "../work.ts";

const FOLDER = new URL("../../../docs/pictures/", import.meta.url).pathname;

/** Each view, as whoever uses it most sees it after `ates demo`. */
const VIEWS: Record<string, Record<string, string>> = {
  worker: { "my-tasks": "/my-tasks" },
  irina: { balance: "/balance" },
  manager: { "all-tasks": "/tasks", task: "" },
  accountant: { company: "/company?range=7d", balances: "/balances", closes: "/closes?range=7d" },
  admin: { analytics: "/analytics?period=range&range=7d", accounts: "/accounts" },
};

for (const [who, views] of Object.entries(VIEWS))
  test(`pictures of what ${who} sees`, async ({ person }, { project }) => {
    const { page } = person;
    await person.signIn(who, "/my-tasks");
    if (who === "worker") await signInAsTheBusiest(person);
    for (const [name, address] of Object.entries(views)) {
      await person.open(address || (await aTask(person)));
      await expect(page.getByRole("progressbar")).toHaveCount(0);
      await expect(page.locator(".MuiSkeleton-root")).toHaveCount(0);
      await page.waitForLoadState("networkidle");
      await page.screenshot({
        path: `${FOLDER}${name}-${project.name.replace("picture-", "")}.png`,
        animations: "disabled",
      });
    }
  });

/** The address of the completed task that changed hands most recently. */
async function aTask(person: Person): Promise<string> {
  const { items } = await person.work.call<{ items: { task_id: string }[] }>(
    "tracking",
    "GET",
    "/tasks?status=completed&limit=1",
  );
  return `/tasks/${items[0]?.task_id ?? ""}`;
}

/** The draw decides who has open tasks now; the picture shows the person with the most. */
async function signInAsTheBusiest(person: Person): Promise<void> {
  const { items } = await person.work.call<{ items: Task[] }>(
    "tracking",
    "GET",
    "/tasks?status=open&limit=100",
  );
  const counts = new Map<string, number>();
  for (const { assignee } of items)
    counts.set(assignee.account_id, (counts.get(assignee.account_id) ?? 0) + 1);
  const [busiest] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? [""];
  await person.page.evaluate(() => {
    sessionStorage.clear();
  });
  await person.signIn(accountWithId(busiest).email, "/my-tasks");
}
