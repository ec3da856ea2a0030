import { useSyncExternalStore } from "react";

/** A choice that this browser keeps; every reader sees a change at once. */
export class Preference<T extends string> {
  private readonly listeners = new Set<() => void>();
  private readonly key: string;
  private readonly values: readonly T[];
  private readonly fallback: () => T;

  constructor(key: string, values: readonly T[], fallback: () => T) {
    this.key = `ates.${key}`;
    this.values = values;
    this.fallback = fallback;
  }

  readonly get = (): T => {
    const kept = localStorage.getItem(this.key);
    return this.values.find((value) => value === kept) ?? this.fallback();
  };

  set(value: T): void {
    localStorage.setItem(this.key, value);
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];

export const language = new Preference<Language>("language", LANGUAGES, () =>
  navigator.languages.some((one) => one.toLowerCase().startsWith("ru")) &&
  !navigator.languages[0]?.toLowerCase().startsWith("en")
    ? "ru"
    : "en",
);

export const shortcuts = new Preference<"on" | "off">("shortcuts", ["on", "off"], () => "on");

export function usePreference<T extends string>(preference: Preference<T>): T {
  return useSyncExternalStore(preference.subscribe, preference.get);
}
