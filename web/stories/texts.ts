import { readFileSync } from "node:fs";

const FOLDERS = ["app", "tracking", "accounting", "analytics", "accounts"];

/** What the app says in a language, by the English text. */
export function say(language: "en" | "ru", text: string): string {
  if (language === "en") return text;
  const found = russian.get(text);
  if (!found) throw new Error(`no Russian text for ${JSON.stringify(text)}`);
  return found;
}

const russian = new Map(
  FOLDERS.flatMap((folder) => {
    const catalog = readFileSync(new URL(`../src/${folder}/texts/ru.po`, import.meta.url), "utf8");
    return [...catalog.matchAll(/^msgid "(.+)"\nmsgstr "(.+)"$/gm)].map(
      ([, id = "", text = ""]) => [unquoted(id), unquoted(text)] as const,
    );
  }),
);

function unquoted(text: string): string {
  return JSON.parse(`"${text}"`) as string;
}
