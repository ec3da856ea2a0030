import { readFileSync } from "node:fs";
import { expect, test } from "./person.ts";

test("an accountant looks at the company, the balances and the closes", async ({ person }) => {
  const { page } = person;
  await person.signIn("accountant", "/company?range=30d");
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(32);
  await person.looksAround();

  await person.open("/balances");
  await expect(page.getByRole("link", { name: "Greta Fischer" })).toBeVisible();
  await person.looksAround();
  const saved = page.waitForEvent("download");
  await person.button("CSV").click();
  const rows = readFileSync(await (await saved).path(), "utf8")
    .trim()
    .split("\r\n");
  expect(rows[0]).toContain("account_id,name,role,status,balance,currency");
  expect(rows.length).toBeGreaterThan(8);

  await page.getByRole("link", { name: "Greta Fischer" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Greta Fischer" })).toBeVisible();
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: person.say("Assignment fee") })
      .first(),
  ).toBeVisible();
  await person.looksAround();

  await person.open("/closes");
  await person.button("Close now").click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: person.say("Close now") })
    .click();
  await expect(page.getByRole("dialog").getByRole("alert")).toBeVisible();
  await person.looksAround();
});
