import type { Texts } from "./texts.ts";

export const APP_TEXTS: Texts = { en: () => import("./texts/en.po"), ru: () => import("./texts/ru.po") };
