import { expect, test } from "../person.ts";

const VIEWS = [
  "/my-tasks",
  "/tasks",
  "/shuffles",
  "/balance",
  "/company",
  "/balances",
  "/closes",
  "/analytics",
  "/accounts",
];

test("every view with text of twice the size: nothing is cut off, nothing is wider than the screen", async ({
  person,
}) => {
  const { page } = person;
  // A phone's browser has no such setting: it zooms.
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      document.documentElement.style.fontSize = "200%";
    });
  });
  await person.signIn("admin", "/my-tasks");
  for (const view of VIEWS) {
    await person.open(view);
    await person.looksAround();
    expect(await page.evaluate(cutOff), view).toEqual([]);
  }
});

/** In the page: texts of buttons, links and headings that their own box does not show whole. */
function cutOff(): string[] {
  return [...document.querySelectorAll<HTMLElement>("button, a, h1, h2, h3, label, [role=tab]")]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).overflowX !== "visible")
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
    .map((each) => each.innerText);
}
