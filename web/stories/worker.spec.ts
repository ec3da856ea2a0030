import { expect, test } from "./person.ts";

test("a worker creates a task, completes one and sees the reward", async ({ person }) => {
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
  await expect(page.getByRole("link", { name })).toBeVisible();
  await person.looksAround();
});

test("completing asks first, moves money, and can be taken back until then", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker5", "/my-tasks");
  const rows = page.getByRole("list", { name: person.say("My open tasks") }).getByRole("listitem");
  await expect(rows.first()).toBeVisible();
  const before = await rows.count();
  const first = rows.first();
  await first.getByRole("button", { name: person.say("Complete"), exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(rows).toHaveCount(before);

  await first.getByRole("button", { name: person.say("Complete"), exact: true }).click();
  await person.looksAround();
  const title = (await first.getByRole("link").textContent()) ?? "";
  await first.getByRole("button", { name: person.say("Complete"), exact: true }).click();
  await expect(rows).toHaveCount(before - 1);

  await person.open("/balance");
  const log = page
    .getByRole("row")
    .filter({ hasText: person.say("Completion reward") })
    .filter({ hasText: title });
  await expect(log).toHaveCount(1);
  await person.looksAround();
});
