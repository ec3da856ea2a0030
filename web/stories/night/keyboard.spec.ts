import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../person.ts";

const MOST_STOPS = 80;

/** Goes on from stop to stop until this one has the focus. */
async function tabTo(page: Page, stop: Locator): Promise<void> {
  await expect(stop).toBeVisible();
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if (await stop.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(stop).toBeFocused();
}

test("a task is created and one is completed by keyboard alone", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker3", "/tasks");
  const { title } = await person.work.isAssignedATask(`Tune the perch ${String(Date.now())}`);
  await person.open("/my-tasks");

  const create = person.button("Create task");
  await tabTo(page, create);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: person.say("Title") })).toBeFocused();
  const name = `Oil the hinge ${String(Date.now())}`;
  await page.keyboard.type(name);
  await tabTo(page, person.button("Create and assign"));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: name })).toBeVisible();
  await expect(create).toBeFocused();

  const row = page.getByRole("listitem").filter({ hasText: title });
  await tabTo(page, row.getByRole("button", { name: person.say("Complete"), exact: true }));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(row).toBeHidden();
  await expect(page.getByRole("status").filter({ hasText: title })).toBeVisible();
  await expect(page.locator("body")).not.toBeFocused();
});
