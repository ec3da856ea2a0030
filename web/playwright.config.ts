import { defineConfig } from "@playwright/test";
import { web } from "./stories/installation.ts";

const executablePath = process.env["ATES_BROWSER"] ?? "/usr/bin/chromium";
const desktop = { viewport: { width: 1280, height: 860 } };
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };
const dark = { colorScheme: "dark" } as const;

const DEVICES = [
  { device: "desktop-en", role: "admin", use: { ...desktop, locale: "en-GB" } },
  { device: "phone-ru", role: "worker", use: { ...phone, ...dark, locale: "ru-RU" } },
  { device: "phone-en", role: "manager", use: { ...phone, locale: "en-US" } },
  { device: "desktop-ru", role: "accountant", use: { ...desktop, ...dark, locale: "ru-RU" } },
];
const PICTURES = {
  light: { ...desktop, locale: "en-US" },
  dark: { ...desktop, ...dark, locale: "en-US" },
  phone: { ...phone, locale: "en-US" },
  russian: { ...desktop, locale: "ru-RU" },
};

/**
 * One person after the other, on an installation that stands (`make up`), through the real sign-in page.
 * `role-*` tells each role's story once, each on another device; `all-*` tells everything on each device;
 * `kiritimati` needs a company in that time zone; `picture-*` makes the pictures of the documentation.
 */
export default defineConfig({
  testDir: "stories",
  outputDir: "../build/stories",
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  forbidOnly: true,
  use: { baseURL: web, actionTimeout: 30_000, launchOptions: { executablePath, args: ["--no-sandbox"] } },
  projects: [
    ...DEVICES.map(({ device, role, use }) => ({
      name: `role-${device}`,
      testMatch: `${role}.spec.ts`,
      use,
    })),
    ...DEVICES.map(({ device, use }) => ({
      name: `all-${device}`,
      testIgnore: ["**/kiritimati/**", "**/pictures/**"],
      use,
    })),
    { name: "kiritimati", testDir: "stories/kiritimati", use: { ...desktop, locale: "en-GB" } },
    ...Object.entries(PICTURES).map(([name, use]) => ({
      name: `picture-${name}`,
      testDir: "stories/pictures",
      use,
    })),
  ],
});
