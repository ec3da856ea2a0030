import type { Texts } from "../app/texts.ts";

export const TEXTS: Texts = { en: () => import("./texts/en.po"), ru: () => import("./texts/ru.po") };
