import { expect, test } from "../person.ts";

const VIEWS = ["/tasks", "/balance", "/company", "/balances", "/closes", "/analytics", "/accounts"];
/** The header of a signed token. */
const TOKEN = /eyJ[\w-]+\.eyJ/;

test("no token is in any address, in what is logged, or kept beyond the tab", async ({ person }) => {
  const { page } = person;
  const said: string[] = [];
  page.on("request", (request) => said.push(request.url()));
  page.on("framenavigated", (frame) => said.push(frame.url()));
  page.on("console", (message) => said.push(message.text()));
  await person.signIn("admin", "/my-tasks");
  for (const view of VIEWS) await person.open(view);
  expect(said.length).toBeGreaterThan(VIEWS.length);
  expect(said.filter((one) => TOKEN.test(one))).toEqual([]);
  const kept = await page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage)]);
  expect(kept[0]).toMatch(TOKEN);
  expect(kept[1]).not.toMatch(TOKEN);
});

test("a title full of HTML is text wherever it is shown", async ({ person }) => {
  const { page } = person;
  await page.addInitScript(() => {
    window.alert = () => {
      document.title = "broken into";
    };
  });
  await person.signIn("worker3", "/tasks");
  const title = `<img src=x onerror=alert(1)><b>bold</b> &amp; ${String(Date.now())}`;
  const { task_id } = await person.work.isAssignedATask(title);
  const isText = async () => {
    await expect(page.getByText(title).first()).toBeVisible();
    expect(await page.locator("main img, main b").count()).toBe(0);
  };
  await person.open(`/tasks?q=${encodeURIComponent(title)}`);
  await isText();
  await person.open("/my-tasks");
  await isText();
  await person.open(`/tasks/${task_id}`);
  await isText();
  await page
    .getByRole("main")
    .getByRole("button", { name: person.say("Complete"), exact: true })
    .click();
  await page
    .getByRole("main")
    .getByRole("button", { name: person.say("Complete"), exact: true })
    .click();
  await person.open("/balance");
  await expect(page.getByRole("row").filter({ hasText: title }).first()).toBeVisible({ timeout: 40_000 });
  await isText();
  await expect(page).not.toHaveTitle("broken into");
});
