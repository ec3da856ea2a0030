import { setupI18n } from "@lingui/core";
import { expect, it } from "vitest";
import { messages } from "../tracking/texts/ru.po";

it("has each form of a Russian plural", () => {
  const i18n = setupI18n({ locale: "ru", messages: { ru: messages } });
  const id = Object.keys(messages).find((key) => JSON.stringify(messages[key]).includes("открытых задач"));
  const say = (count: number) => i18n._(id ?? "", { count });
  expect([1, 2, 5, 11, 21, 22].map(say)).toEqual([
    "1 открытая задача",
    "2 открытые задачи",
    "5 открытых задач",
    "11 открытых задач",
    "21 открытая задача",
    "22 открытые задачи",
  ]);
});
