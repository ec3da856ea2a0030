import type { Locator } from "@playwright/test";
import { apis } from "../installation.ts";
import { expect, type Person, test } from "../person.ts";

/** Opens a part over the view, looks at it, and closes it again. */
async function lookAt(person: Person, opener: Locator, part: "dialog" | "menu" | "listbox"): Promise<void> {
  const { page } = person;
  await opener.click();
  const shown = page.getByRole(part).last();
  await expect(shown).toBeVisible();
  // This very element: on a phone, the drawer from which it was opened is a dialog, too.
  const element = await shown.elementHandle();
  await person.looksAround();
  await page.keyboard.press("Escape");
  await element.waitForElementState("hidden");
}

const calendar = ({ page }: Person) =>
  page
    .getByRole("main")
    .getByRole("button", { name: /date|дат/i })
    .first();

test("every view and part of it: tasks", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/tasks");
  const task = await person.work.createTask(`Air the nest ${String(Date.now())}`);
  await person.open("/tasks");
  await expect(page.getByRole("link", { name: task.title })).toBeVisible();
  await person.looksAround();
  await lookAt(person, page.getByRole("combobox"), "listbox");
  await lookAt(person, person.button("Assign tasks"), "dialog");
  await person.button("Create task").click();
  await person.button("Create and assign").click();
  await expect(page.getByRole("textbox", { name: person.say("Title") })).toHaveAttribute(
    "aria-invalid",
    "true",
  );
  await person.looksAround();
  await person.open("/tasks?q=nothing-is-called-so");
  await person.looksAround();
  await person.open(`/tasks/${task.task_id}`);
  await person.looksAround();
  await person.open("/my-tasks");
  await person.looksAround();
});

test("every view and part of it: money", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/balance");
  await person.looksAround();
  await lookAt(person, calendar(person), "dialog");
  const task = await person.work.createTask(`Mind the money ${String(Date.now())}`);
  await person.work.isCharged(task);
  for (const range of ["today", "30d", "last-month"]) {
    await person.open(`/company?range=${range}`);
    await expect(page.getByRole("table")).toBeVisible();
    await person.looksAround();
  }
  await lookAt(person, calendar(person), "dialog");
  await person.open("/balances");
  await person.looksAround();
  await person.open("/balances?in_minus=true");
  await person.looksAround();
  await person.open(`/balances/${task.assignee.account_id}`);
  await person.looksAround();
  await lookAt(person, calendar(person), "dialog");
  await lookAt(person, person.button("Correct").first(), "dialog");
  await person.open("/closes");
  await person.looksAround();
  await lookAt(person, person.button("Close now"), "dialog");
});

test("every view and part of it: analytics", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/analytics");
  for (const period of ["day", "week", "month", "range"]) {
    await person.open(`/analytics?period=${period}`);
    await expect(page.getByRole("table")).toBeVisible();
    await person.looksAround();
  }
  await lookAt(person, calendar(person), "dialog");
});

test("every view and part of it: accounts", async ({ person }) => {
  const { page } = person;
  await person.signIn("admin", "/accounts?q=worker1@");
  await person.looksAround();
  const row = page.getByRole("row").filter({ hasText: "worker1@ates.example" });
  await lookAt(person, row.getByRole("button"), "menu");
  for (const what of ["Change role", "Deactivate"]) {
    await row.getByRole("button").click();
    await lookAt(person, page.getByRole("menuitem", { name: person.say(what) }), "dialog");
  }
  await person.button("Invite").click();
  await person.looksAround();
  await lookAt(person, page.getByRole("combobox"), "listbox");
});

test("every view and part of it: what surrounds them", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/nowhere");
  await expect(person.heading("Not found")).toBeVisible();
  await person.looksAround();
  await person.openMenu();
  await person.looksAround();
  const own = page.getByRole("button", { name: /Daria/ });
  await lookAt(person, own, "menu");
  await own.click();
  await lookAt(person, page.getByRole("menuitem", { name: person.say("Keyboard shortcuts") }), "dialog");
  await person.open("/accounts");
  await person.looksAround();
  for (const [service, view] of [
    ["tracking", "/tasks"],
    ["accounting", "/balance"],
  ] as const) {
    await page.route(`${apis[service]}/**`, (route) => route.abort());
    await person.open(view);
    await expect(page.getByRole("alert").first()).toBeVisible();
    await person.looksAround();
    await page.unroute(`${apis[service]}/**`);
  }
});
