import { apis } from "./installation.ts";
import { expect, type Person, test } from "./person.ts";

test("an admin looks at the analytics", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/analytics?period=month");
  const day = page.getByRole("button", { name: person.say("Day"), exact: true });
  await expect(page.getByRole("table")).toBeVisible();
  await person.looksAround();
  await day.click();
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  await person.looksAround();
});

test("an admin invites a person, and can't lock out the last admin", async ({ person }) => {
  const { page } = person;
  const arrival = page.waitForRequest(`${apis.auth}/me`);
  await person.signIn("admin", "/my-tasks");
  await arrival;
  await aloneAsAdmin(person);
  await person.open("/accounts");
  await person.button("Invite").click();
  const dialog = page.getByRole("dialog");
  const name = `Ivo ${String(Date.now())}`;
  const address = dialog.getByRole("textbox", { name: person.say("E-mail") });
  await dialog.getByRole("textbox", { name: person.say("Name") }).fill(name);
  await address.fill("admin@ates.example");
  await person.looksAround();
  const invite = dialog.getByRole("button", { name: person.say("Invite") });
  await invite.click();
  await expect(dialog.getByText(person.say("This address belongs to another account."))).toBeVisible();
  await address.fill(`ivo.${String(Date.now())}@ates.example`);
  await invite.click();
  await expect(dialog).toBeHidden();
  const invited = page.getByRole("row").filter({ hasText: name });
  await expect(invited).toBeVisible();
  await person.looksAround();

  await page.getByRole("combobox", { name: person.say("State") }).click();
  await page.getByRole("option", { name: person.say("Not signed in yet") }).click();
  await expect(page).toHaveURL(/state=waiting/);
  await invited.getByRole("button").click();
  await page.getByRole("menuitem", { name: person.say("Send the invitation again") }).click();
  await person.looksAround();
  await person.button("Send again").click();
  const sent = person.say("The invitation is sent again to {email}.").split("{email}")[0] ?? "";
  await expect(page.getByRole("status").filter({ hasText: sent })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "admin@ates.example" })).toHaveCount(0);
  await page.getByRole("combobox", { name: person.say("State") }).click();
  await page.getByRole("option", { name: person.say("Every state") }).click();

  await page.getByRole("row").filter({ hasText: "admin@ates.example" }).getByRole("button").click();
  await expect(page.getByRole("menuitem", { name: person.say("Change role") })).toBeDisabled();
  await expect(
    page.getByText(person.say("This is the last active admin. Make somebody else admin first.")),
  ).toBeVisible();
  await person.looksAround();
});

test("an admin corrects an entry after a second look", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/my-tasks");
  const task = await person.work.createTask(`Oil the swing ${String(Date.now())}`);
  await person.work.isCharged(task);
  await person.open(`/balances/${task.assignee.account_id}`);
  const entry = page.getByRole("row").filter({ hasText: task.title });
  const fee = entry.filter({ hasText: person.say("Assignment fee") });
  await fee.getByRole("button", { name: person.say("Correct") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Drawn to the wrong desk");
  await person.button("Look at it once more").click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await person.looksAround();
  await person.button("Book the correction").click();
  await expect(dialog).toBeHidden();
  await expect(entry.filter({ hasText: person.say("Fee correction") })).toBeVisible();
  await person.looksAround();
});

/** The list without whoever else is admin of a used installation, and in one page. */
async function aloneAsAdmin({ page }: Person): Promise<void> {
  await page.route(`${apis.auth}/accounts?*`, async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set("limit", "200");
    const answer = await route.fetch({ url: url.href });
    const { items } = (await answer.json()) as { items: { role: string; email: string }[] };
    const shown = items.filter(({ role, email }) => role !== "admin" || email === "admin@ates.example");
    return route.fulfill({ response: answer, json: { items: shown, next_cursor: null } });
  });
}
