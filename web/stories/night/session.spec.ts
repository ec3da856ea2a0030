import type { Route } from "@playwright/test";
import { apis } from "../installation.ts";
import { expect, test } from "../person.ts";

const ENDED = { status: 401, headers: { "access-control-allow-origin": "*" }, body: "{}" };

test("what was typed waits for the same account after the session has ended", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/tasks?status=open&create=task");
  const keys: (string | undefined)[] = [];
  const creating = (answer: (route: Route) => Promise<void>) =>
    page.route(`${apis.tracking}/tasks`, (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      keys.push(route.request().headers()["idempotency-key"]);
      return answer(route);
    });
  const name = `Half a thought ${String(Date.now())}`;
  const title = page.getByRole("dialog").getByRole("textbox", { name: person.say("Title") });
  await title.fill(name);
  await creating((route) => route.fulfill(ENDED));
  await person.button("Create and assign").click();
  await expect(page.locator('input[name="username"]')).toBeVisible();

  await page.unroute(`${apis.tracking}/tasks`);
  await creating((route) => route.fallback());
  await person.signInHere("worker");
  await expect(title).toHaveValue(name);
  await expect(page).toHaveURL(/\/tasks\?status=open&create=task$/);
  await person.button("Create and assign").click();
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);
});

test("what one account typed is not shown to another", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker1", "/my-tasks?create=task");
  const title = page.getByRole("dialog").getByRole("textbox", { name: person.say("Title") });
  await title.fill("For my eyes alone");
  await page.evaluate(() => {
    for (const name of Object.keys(sessionStorage))
      if (name.startsWith("oidc.")) sessionStorage.removeItem(name);
  });
  await person.signIn("worker2", "/my-tasks?create=task");
  await expect(title).toHaveValue("");
});
