import { expect, test } from "../person.ts";

/** 24 hours apart: whatever the time, it is another day at the company than at the reader. */
const COMPANY = "Pacific/Kiritimati";
const READER = "Pacific/Honolulu";

test.use({ timezoneId: READER, locale: "en-GB" });

function todayIn(timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date());
}

test("a business day is the company's, wherever the reader is", async ({ person }) => {
  const { page } = person;
  await page.route("**/config.json", async (route) => {
    const response = await route.fetch();
    const config = { ...((await response.json()) as object), business_timezone: COMPANY };
    await route.fulfill({ response, json: config });
  });
  await person.signIn("accountant", "/balance");
  await expect(page.getByText(COMPANY, { exact: false }).first()).toBeVisible();

  const today = todayIn(COMPANY);
  expect(today).not.toBe(todayIn(READER));
  const asked = page.waitForRequest((request) => /(?<!\/me)\/days$/.test(new URL(request.url()).pathname));
  await person.open("/company?range=today");
  const { searchParams } = new URL((await asked).url());
  expect([searchParams.get("from"), searchParams.get("to")]).toEqual([today, today]);

  const day = "2026-03-01";
  await person.open(`/company?from=${day}&to=${day}`);
  await expect(page.getByRole("rowheader").first()).toHaveText("1 Mar 2026");
  for (const field of ["From", "To"]) {
    await expect(page.getByRole("group", { name: field })).toHaveText(/01\D*03\D*2026/);
  }
});
