import { readFileSync } from "node:fs";
import { expect, test } from "./person.ts";

const DAYS = 30;

test("an accountant looks at the company, the balances and the closes", async ({ person }) => {
  const { page } = person;
  await person.signIn("accountant", "/company?range=30d");
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(1 + DAYS + 1);
  await person.looksAround();

  const task = await person.work.createTask(`Weigh the millet ${String(Date.now())}`);
  const { name } = task.assignee;
  await person.work.isCharged(task);
  await person.open(`/balances?q=${encodeURIComponent(name)}`);
  const account = page.getByRole("link", { name });
  await expect(account).toBeVisible();
  await person.looksAround();
  const saved = page.waitForEvent("download");
  await person.button("CSV").click();
  const rows = readFileSync(await (await saved).path(), "utf8")
    .trim()
    .split("\r\n");
  expect(rows[0]).toContain("account_id,name,role,status,balance,currency");
  expect(rows.slice(1).join("\n")).toContain(task.assignee.account_id);

  await account.click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const fee = page.getByRole("row").filter({ hasText: person.say("Assignment fee") });
  await expect(fee.filter({ hasText: task.title })).toBeVisible();
  await person.looksAround();

  await person.open("/closes");
  await person.button("Close now").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: person.say("Close now") }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await person.looksAround();
});
