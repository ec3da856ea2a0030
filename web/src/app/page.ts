import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import type { Right } from "./rights.ts";
import { loadTexts, type Texts } from "./texts.ts";

/** An address and the view behind it, with who may open it. */
export interface View {
  path: string;
  page: LazyExoticComponent<ComponentType>;
  right?: Right;
}

/** A view that is loaded when it is opened, together with its dashboard's texts. */
export function page(
  texts: Texts,
  load: () => Promise<{ default: ComponentType }>,
): LazyExoticComponent<ComponentType> {
  return lazy(async () => {
    const [module] = await Promise.all([load(), loadTexts(texts)]);
    return module;
  });
}
