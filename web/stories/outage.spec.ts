import { apis } from "./installation.ts";
import { expect, test } from "./person.ts";

test("a service that is down costs its own panel alone, and is asked again", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/my-tasks");
  const balance = page.getByRole("banner").getByRole("link");
  await expect(balance).toBeVisible();

  await page.route(`${apis.tracking}/**`, (route) => route.abort());
  await person.goTo("All tasks");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText(/[0-9a-f-]{36}/);
  await expect(balance).toBeVisible();
  await person.looksAround();

  await page.unroute(`${apis.tracking}/**`);
  await expect(alert).toBeHidden();
  await expect(page.getByRole("main").getByRole("list", { name: person.say("Tasks") })).toBeVisible();
});

test("what was typed waits for the same account after the session has ended", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/my-tasks?create=task");
  const title = page.getByRole("dialog").getByRole("textbox", { name: person.say("Title") });
  await title.fill("Half a thought");
  await page.route(`${apis.tracking}/tasks`, (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 401, headers: { "access-control-allow-origin": "*" }, body: "{}" })
      : route.continue(),
  );
  await person.button("Create and assign").click();
  await expect(page.locator('input[name="username"]')).toBeVisible();
  await page.unroute(`${apis.tracking}/tasks`);
  await person.signInHere("worker");
  await expect(page.getByRole("dialog").getByRole("textbox", { name: person.say("Title") })).toHaveValue(
    "Half a thought",
  );
});
