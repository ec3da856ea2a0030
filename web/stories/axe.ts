import AxeBuilder from "@axe-core/playwright";
import { test, expect, type Page } from "@playwright/test";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SCHEMES = ["light", "dark"] as const;

/** No violation of WCAG in what is shown now, in both colour schemes; each check is noted in the report. */
export async function checkAccessibility(page: Page): Promise<void> {
  const own = test.info().project.use.colorScheme ?? "light";
  await page.evaluate(leave);
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    await expect(page.locator("html")).toHaveAttribute("data-color-scheme", scheme);
    await page.evaluate(still);
    const { violations, passes } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect(found, `WCAG, ${scheme}`).toEqual([]);
    expect(passes.length).toBeGreaterThan(0);
    test.info().annotations.push({ type: "axe", description: `${scheme} ${new URL(page.url()).pathname}` });
  }
  await page.emulateMedia({ colorScheme: own });
  await page.evaluate(comeBack);
}

/** In the page: a message that goes away by itself stays as long as its window is not the active one. */
function leave(): void {
  window.dispatchEvent(new Event("blur"));
}

function comeBack(): void {
  window.dispatchEvent(new Event("focus"));
}

/** In the page: until nothing has moved or changed colour for two frames, for axe measures contrast. */
async function still(): Promise<void> {
  for (let frames = 0; frames < 2; frames++) {
    await new Promise(requestAnimationFrame);
    const moving = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
      .map(({ finished }) => finished);
    if (moving.length > 0) frames = -1;
    await Promise.allSettled(moving);
  }
}
