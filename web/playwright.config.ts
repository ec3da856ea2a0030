import { defineConfig } from "@playwright/test";
import { web } from "./stories/installation.ts";

const executablePath = process.env["ATES_BROWSER"] ?? "/usr/bin/chromium";
const desktop = { viewport: { width: 1280, height: 860 } };
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };

/** One person after the other, on an installation that stands (`make up`), through the real sign-in page. */
export default defineConfig({
  testDir: "stories",
  outputDir: "../build/stories",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  forbidOnly: true,
  use: { baseURL: web, actionTimeout: 15_000, launchOptions: { executablePath, args: ["--no-sandbox"] } },
  projects: [
    { name: "desktop-en", use: { ...desktop, locale: "en-GB" } },
    { name: "phone-ru", use: { ...phone, locale: "ru-RU", colorScheme: "dark" } },
    { name: "phone-en", use: { ...phone, locale: "en-US" } },
    { name: "desktop-ru", use: { ...desktop, locale: "ru-RU", colorScheme: "dark" } },
  ],
});
