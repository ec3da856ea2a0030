import { apis } from "../installation.ts";
import { expect, test } from "../person.ts";

const FORMS = {
  1: "1 открытая задача",
  2: "2 открытые задачи",
  5: "5 открытых задач",
  11: "11 открытых задач",
  21: "21 открытая задача",
};

test.use({ locale: "ru-RU" });

test("a count in Russian has each form", async ({ person }) => {
  const { page } = person;
  let count = 0;
  await page.route(`${apis.tracking}/tasks?*assignee=me*`, (route) =>
    route.fulfill({
      headers: { "access-control-allow-origin": "*" },
      json: { items: Array.from({ length: count }, (_, number) => task(number)), next_cursor: null },
    }),
  );
  await person.signIn("worker", "/my-tasks");
  for (const [shown, text] of Object.entries(FORMS)) {
    count = Number(shown);
    await page.reload();
    await expect(page.getByText(text, { exact: true })).toBeVisible();
  }
});

function task(number: number) {
  const now = new Date().toISOString();
  const somebody = { account_id: "somebody", name: "Daria Sokolova" };
  return {
    task_id: `task-${String(number)}`,
    title: `Задача ${String(number)}`,
    jira_id: null,
    status: "open",
    assignee: somebody,
    created_by: somebody,
    created_at: now,
    assigned_at: now,
    completed_at: null,
  };
}
