import { test as base, expect, type Page } from "@playwright/test";
import { checkAccessibility } from "./axe.ts";
import { accountOf } from "./installation.ts";
import { say } from "./texts.ts";
import { Work } from "./work.ts";

/** Somebody at a browser, in the language of the browser. */
export class Person {
  readonly page: Page;
  readonly language: "en" | "ru";
  readonly work: Work;

  constructor(page: Page, locale: string) {
    this.page = page;
    this.language = locale.startsWith("ru") ? "ru" : "en";
    this.work = new Work(page);
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
    const { email, password } = accountOf(who);
    await this.page.locator('input[name="username"]').fill(email);
    await this.page.locator('input[name="password"]').fill(password);
    await this.page.locator('button[type="submit"], input[type="submit"]').click();
    // By its element: a dialog that is open hides everything else from the roles.
    await expect(this.page.locator("header")).toBeVisible();
  }

  /** Follows a way to a view; on a phone they are behind the menu. */
  async goTo(view: string): Promise<void> {
    await this.openMenu();
    await this.page
      .getByRole("link", { name: this.say(view) })
      .first()
      .click();
  }

  /** The ways to the views, where they are not in sight anyway. */
  async openMenu(): Promise<void> {
    const menu = this.button("Open the menu");
    if (await menu.isVisible()) await menu.click();
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

  /** All has loaded, nothing in it violates WCAG, and nothing is wider than the screen. */
  async looksAround(): Promise<void> {
    await expect(this.page.getByRole("progressbar")).toHaveCount(0);
    await checkAccessibility(this.page);
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
