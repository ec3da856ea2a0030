import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { accounts, apis } from "./installation.ts";
import { say } from "./texts.ts";

/** Of six who are eligible, one is missed so often once in a million times. */
const DRAWS = 80;
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Somebody at a browser, in the language of the browser. */
export class Person {
  readonly page: Page;
  readonly language: "en" | "ru";

  constructor(page: Page, locale: string) {
    this.page = page;
    this.language = locale.startsWith("ru") ? "ru" : "en";
  }

  /** A text of the app, by its English form. */
  say(text: string): string {
    return say(this.language, text);
  }

  /** Opens an address and signs in on the auth service's own page, which brings back to it. */
  async signIn(who: string, path = "/"): Promise<void> {
    await this.page.goto(path);
    await this.signInHere(who);
  }

  async signInHere(who: string): Promise<void> {
    const account = accounts.find((one) => one.role === who || one.email.startsWith(who)) ?? accounts[0];
    await this.page.locator('input[name="username"]').fill(account.email);
    await this.page.locator('input[name="password"]').fill(account.password);
    await this.page.locator('button[type="submit"], input[type="submit"]').click();
    // By its element: a dialog that is open hides everything else from the roles.
    await expect(this.page.locator("header")).toBeVisible();
  }

  /** Follows a way to a view; on a phone they are behind the menu. */
  async goTo(view: string): Promise<void> {
    const menu = this.button("Open the menu");
    if (await menu.isVisible()) await menu.click();
    await this.page
      .getByRole("link", { name: this.say(view) })
      .first()
      .click();
  }

  /** Creates tasks until one is drawn for the person themselves. */
  async isAssignedATask(title: string): Promise<void> {
    const kept = JSON.parse(await this.page.evaluate(() => JSON.stringify(sessionStorage))) as object;
    const user = Object.entries(kept).find(([name]) => name.startsWith("oidc.user:"))?.[1] as string;
    const { access_token, profile } = JSON.parse(user) as { access_token: string; profile: { sub: string } };
    for (let tries = 0; tries < DRAWS; tries += 1) {
      const answer = await this.page.request.post(`${apis.tracking}/tasks`, {
        headers: { authorization: `Bearer ${access_token}` },
        data: { title },
      });
      const task = (await answer.json()) as { assignee: { account_id: string } };
      if (task.assignee.account_id === profile.sub) return;
    }
    throw new Error(`not drawn in ${String(DRAWS)} tries`);
  }

  async open(view: string): Promise<void> {
    await this.page.goto(view);
    await expect(this.page.getByRole("heading", { level: 1 })).toBeVisible();
  }

  heading(text: string) {
    return this.page.getByRole("heading", { level: 1, name: this.say(text) });
  }

  button(text: string) {
    return this.page.getByRole("button", { name: this.say(text), exact: true });
  }

  /** No violation of WCAG in what is shown now, and nothing wider than the screen. */
  async looksAround(): Promise<void> {
    await expect(this.page.getByRole("progressbar")).toHaveCount(0);
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(WCAG).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual(
      [],
    );
    const tooWide = () =>
      this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    expect(await tooWide()).toBe(false);
  }
}

/** A story fails with any violation of the content security policy and any error in the page. */
export const test = base.extend<{ person: Person }>({
  person: async ({ page, locale }, tell) => {
    const wrong: string[] = [];
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => {
      if (/content security policy|trustedtype/i.test(message.text())) wrong.push(message.text());
    });
    await tell(new Person(page, locale ?? "en"));
    expect(wrong).toEqual([]);
  },
});

export { expect };
