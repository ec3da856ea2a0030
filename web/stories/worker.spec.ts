import { expect, test } from "./person.ts";

test("a worker creates a task and finds it, its title as text", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker4", "/my-tasks");
  await expect(person.heading("My tasks")).toBeVisible();
  await person.looksAround();

  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await person.button("Create and assign").click();
  const title = dialog.getByRole("textbox", { name: person.say("Title") });
  await expect(title).toBeFocused();
  await expect(dialog.getByText(person.say("A task needs a title"))).toBeVisible();
  await person.looksAround();
  const name = `<i>Sweep</i> the perch ${String(Date.now())}`;
  await title.fill(name);
  await person.button("Create and assign").click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("status").filter({ hasText: name })).toBeVisible();

  await person.open(`/tasks?q=${encodeURIComponent(name)}`);
  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const cancel = person.button("Cancel task");
  await cancel.click();
  await person.looksAround();
  await page.keyboard.press("Escape");
  await expect(cancel).toBeFocused();
  await cancel.click();
  await cancel.click();
  await expect(page.getByRole("status").filter({ hasText: name })).toBeVisible();
  await expect(page.getByText(person.say("Cancelled")).first()).toBeVisible();
  await expect(cancel).toBeHidden();
  await person.looksAround();
});

test("completing asks first, moves money, and can be taken back until then", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker5", "/tasks");
  const { title } = await person.work.isAssignedATask(`Polish the perch ${String(Date.now())}`);
  await person.open("/my-tasks");
  const row = page.getByRole("listitem").filter({ hasText: title });
  const complete = row.getByRole("button", { name: person.say("Complete"), exact: true });
  await complete.click();
  await page.keyboard.press("Escape");
  await expect(complete).toBeVisible();

  await complete.click();
  await person.looksAround();
  await complete.click();
  await expect(row).toBeHidden();
  await expect(page.getByRole("status").filter({ hasText: title })).toBeVisible();

  await person.open("/balance");
  const reward = page
    .getByRole("row")
    .filter({ hasText: person.say("Completion reward") })
    .filter({ hasText: title });
  await expect(reward).toHaveCount(1, { timeout: 40_000 });
  await person.looksAround();
});
