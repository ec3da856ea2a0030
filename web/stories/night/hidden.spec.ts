import type { Page } from "@playwright/test";
import { apis } from "../installation.ts";
import { expect, test } from "../person.ts";

const A_WHILE_MS = 31_000;

test("nothing is asked for while the tab is hidden, and at once when it is seen again", async ({
  person,
}) => {
  const { page } = person;
  await page.clock.install();
  await person.signIn("worker", "/tasks");
  await person.looksAround();
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().startsWith(apis.tracking) && request.method() === "GET") asked += 1;
  });
  await page.clock.runFor(A_WHILE_MS);
  await expect.poll(() => asked).toBeGreaterThan(0);

  await show(page, "hidden");
  await expect(page.getByRole("progressbar")).toHaveCount(0);
  asked = 0;
  await page.clock.runFor(A_WHILE_MS);
  await page.clock.runFor(A_WHILE_MS);
  expect(asked).toBe(0);

  await show(page, "visible");
  await expect.poll(() => asked).toBeGreaterThan(0);
});

/** A browser without a window hides no tab: the page is told so. */
async function show(page: Page, state: "hidden" | "visible"): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
