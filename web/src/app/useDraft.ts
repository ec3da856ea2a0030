import { useEffect } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import { useApp } from "./context.ts";

/** What was typed so far, kept in sessionStorage for this account alone. */
export function useKeptDraft<T extends FieldValues>(name: string, empty: T): T {
  const { accountId } = useApp().me;
  return readDraft(`ates.draft.${accountId}.${name}`, empty);
}

/** Keeps what is typed into a form, until it is sent or thrown away: a new sign-in or a reload finds it. */
export function useKeepDraft<T extends FieldValues>(name: string, form: UseFormReturn<T>): () => void {
  const { accountId } = useApp().me;
  const key = `ates.draft.${accountId}.${name}`;
  useEffect(() => {
    const subscription = form.watch((values) => {
      sessionStorage.setItem(key, JSON.stringify(values));
    });
    return () => {
      subscription.unsubscribe();
    };
  }, [form, key]);
  return () => {
    sessionStorage.removeItem(key);
  };
}

function readDraft<T extends FieldValues>(key: string, empty: T, storage: Storage = sessionStorage): T {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "{}");
    return typeof kept === "object" ? { ...empty, ...kept } : empty;
  } catch {
    return empty;
  }
}
