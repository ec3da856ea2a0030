import { expect, test } from "../person.ts";

test("shortcuts work by the place of a key, and can be turned off", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/my-tasks");
  await person.work.createTask(`Ring the bell ${String(Date.now())}`);
  const dialog = page.getByRole("dialog");
  /** As a keyboard with Russian letters sends it. */
  const press = (code: string, key: string) =>
    page.evaluate(
      ([code, key]) => {
        for (const type of ["keydown", "keyup"])
          document.body.dispatchEvent(
            new KeyboardEvent(type, { code, key, bubbles: true, cancelable: true }),
          );
      },
      [code, key] as const,
    );

  await press("KeyC", "с");
  await expect(dialog.getByRole("textbox", { name: person.say("Title") })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await press("KeyG", "п");
  await press("KeyT", "е");
  await expect(person.heading("All tasks")).toBeVisible();
  await press("Slash", ".");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.getByRole("searchbox").blur();
  const first = page
    .getByRole("main")
    .getByRole("list", { name: person.say("Tasks") })
    .getByRole("link")
    .first();
  await expect(first).toBeVisible();
  await press("KeyJ", "о");
  await expect(first).toBeFocused();

  await press("Digit7", "?");
  await expect(dialog).toBeVisible();
  await person.looksAround();
  await dialog.getByRole("switch").click();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await press("KeyC", "с");
  await press("Digit7", "?");
  await expect(dialog).toBeHidden();
});
