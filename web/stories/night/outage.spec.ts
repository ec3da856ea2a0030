import { apis } from "../installation.ts";
import { expect, test } from "../person.ts";

test("a service that is down costs its own panel alone, and is asked again", async ({ person }) => {
  const { page } = person;
  await person.signIn("worker", "/my-tasks");
  await person.work.createTask(`Dust the bell ${String(Date.now())}`);
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
