import { expect, type Person, test } from "../person.ts";

const FOLDER = new URL("../../../docs/pictures/", import.meta.url).pathname;

/** Each view, as whoever uses it most sees it after `ates demo`. */
const VIEWS: Record<string, Record<string, string>> = {
  irina: { "my-tasks": "/my-tasks", balance: "/balance" },
  manager: { "all-tasks": "/tasks", task: "" },
  accountant: { company: "/company?range=7d", balances: "/balances", closes: "/closes?range=7d" },
  admin: { analytics: "/analytics?period=range&range=7d", accounts: "/accounts" },
};

for (const [who, views] of Object.entries(VIEWS))
  test(`pictures of what ${who} sees`, async ({ person }, { project }) => {
    const { page } = person;
    await person.signIn(who, "/my-tasks");
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
