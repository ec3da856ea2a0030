import { expect, test } from "./person.ts";

test("an admin looks at the analytics", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/analytics?period=month");
  await expect(page.getByRole("img", { name: person.say("Management earnings by day") })).toBeVisible();
  await person.looksAround();
  await page.getByRole("button", { name: person.say("Day"), exact: true }).click();
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  await person.looksAround();
});

test("an admin invites a person, changes a role, and can't lock out the last admin", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/accounts");
  await person.button("Invite").click();
  const dialog = page.getByRole("dialog");
  const name = `Ivo ${String(Date.now())}`;
  await dialog.getByRole("textbox", { name: person.say("Name") }).fill(name);
  await dialog.getByRole("textbox", { name: person.say("E-mail") }).fill("admin@ates.example");
  await person.looksAround();
  await dialog.getByRole("button", { name: person.say("Invite") }).click();
  await expect(dialog.getByText(person.say("This address belongs to another account."))).toBeVisible();
  await dialog
    .getByRole("textbox", { name: person.say("E-mail") })
    .fill(`ivo.${String(Date.now())}@ates.example`);
  await dialog.getByRole("button", { name: person.say("Invite") }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row").filter({ hasText: name })).toBeVisible();
  await person.looksAround();

  await page.getByRole("row").filter({ hasText: "admin@ates.example" }).getByRole("button").click();
  await expect(page.getByRole("menuitem", { name: person.say("Change role") })).toBeDisabled();
  await expect(
    page.getByText(person.say("This is the last active admin. Make somebody else admin first.")),
  ).toBeVisible();
});

test("an admin corrects an entry after a second look", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/balances");
  await page.getByRole("link", { name: "Emil Larsen" }).click();
  const fee = page.getByRole("row").filter({ hasText: person.say("Assignment fee") });
  const open = fee.filter({ hasNotText: person.say("Corrected by entry {number}").replace("{number}", "") });
  await open
    .first()
    .getByRole("button", { name: person.say("Correct") })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Drawn to the wrong desk");
  await person.button("Look at it once more").click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await person.looksAround();
  await person.button("Book the correction").click();
  await expect(dialog).toBeHidden();
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: person.say("Fee correction") })
      .first(),
  ).toBeVisible();
  await person.looksAround();
});
