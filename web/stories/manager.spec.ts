import { expect, test } from "./person.ts";

test("a manager assigns tasks and sees how it goes, also after a reload", async ({ person }) => {
  const { page } = person;
  await person.signIn("manager", "/tasks?status=open");
  await person.work.createTask(`Count the seeds ${String(Date.now())}`);
  await person.button("Assign tasks").click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await person.looksAround();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: person.say("Assign tasks") })
    .click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.reload();
  await expect(person.button("Hide").first()).toBeVisible({ timeout: 60_000 });
  await person.looksAround();
  await person.goTo("Shuffles");
  const done = page.getByRole("row").filter({ hasText: person.say("Done") });
  await expect(done.first()).toBeVisible();
  await person.looksAround();
});

test("a manager's role does not open the company's money", async ({ person }) => {
  await person.signIn("manager", "/company");
  await expect(person.heading("Not for your role")).toBeVisible();
  await person.looksAround();
});
