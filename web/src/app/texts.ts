import { i18n, type Messages } from "@lingui/core";
import { type Language, language } from "./preferences.ts";

/** How a dashboard brings its texts: one import per language. */
export type Texts = Record<Language, () => Promise<{ messages: Messages }>>;

const wanted = new Set<Texts>();

/** Loads a dashboard's texts in the chosen language, and later in each that is chosen. */
export async function loadTexts(texts: Texts): Promise<void> {
  wanted.add(texts);
  const chosen = language.get();
  i18n.load(chosen, (await texts[chosen]()).messages);
}

/** All that was loaded so far, in the language that is chosen now. */
export async function activate(): Promise<void> {
  const chosen = language.get();
  const loaded = await Promise.all([...wanted].map((texts) => texts[chosen]()));
  i18n.load(chosen, Object.assign({}, ...loaded.map((one) => one.messages)) as Messages);
  i18n.activate(chosen);
  document.documentElement.lang = chosen;
}

/** The reader's own variety of the chosen language ("en-GB"), for money, days and times. */
export function formatLocale(chosen: string, readers: readonly string[] = navigator.languages): string {
  return readers.find((one) => one.toLowerCase().split("-")[0] === chosen) ?? chosen;
}
