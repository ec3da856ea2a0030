import { expect, test } from "../person.ts";

const COMPANY = "Pacific/Kiritimati";
const READER = "Pacific/Honolulu";

test.use({ timezoneId: READER });

/** Between these two it is never the same day. */
test("a reader in Honolulu sees the days of the company in Kiritimati", async ({ person }) => {
  const { page, work } = person;
  await person.signIn("admin", "/my-tasks");
  const task = await work.createTask(`Cross the date line ${String(Date.now())}`);
  await work.isCharged(task);
  const account = `/accounts/${task.assignee.account_id}`;
  const { business_day: today } = await work.call<{ business_day: string }>(
    "accounting",
    "GET",
    `${account}/balance`,
  );
  expect(today).toBe(dayIn(COMPANY));
  expect(today).not.toBe(dayIn(READER));

  await person.open("/balance");
  await expect(page.getByText(COMPANY)).toBeVisible();
  const asked = page.waitForRequest((request) => /(?<!\/me)\/days\?/.test(request.url()));
  await person.open("/company?range=today");
  expect(new URL((await asked).url()).searchParams.get("from")).toBe(today);
  expect(new URL((await asked).url()).searchParams.get("to")).toBe(today);

  const log = `/balances/${task.assignee.account_id}`;
  await person.open(log);
  const ofToday = page.locator(`#day-${today}`);
  await expect(ofToday).toContainText(new RegExp(`\\b${String(Number(today.slice(-2)))}\\b`));
  const row = page.getByRole("row").filter({ hasText: task.title });
  const time = row.getByRole("time").first();
  const instant = new Date((await time.getAttribute("datetime")) ?? "");
  const clock = instant.toLocaleTimeString("en-GB", { timeZone: READER, minute: "2-digit", hour: "2-digit" });
  await expect(time).toHaveText(clock);

  await page.getByRole("main").getByRole("button", { name: /date/i }).first().click();
  const cell = page.getByRole("gridcell", { name: String(Number(today.slice(-2))), exact: true });
  await cell.and(page.locator(":not([disabled])")).click();
  await expect(page).toHaveURL(new RegExp(`${log}\\?day=${today}$`));
  await page.reload();
  await expect(row).toBeVisible();
});

function dayIn(timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date());
}
