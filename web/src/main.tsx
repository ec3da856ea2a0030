import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./app/Root.tsx";
import { APP_TEXTS } from "./app/appTexts.ts";
import { loadConfig } from "./app/config.ts";
import { reloadOnceWhenOutdated } from "./app/outdated.ts";
import { language } from "./app/preferences.ts";
import { activate, loadTexts } from "./app/texts.ts";

reloadOnceWhenOutdated();

const [config] = await Promise.all([loadConfig(), loadTexts(APP_TEXTS)]);
await activate();
language.subscribe(() => void activate());

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Root config={config} />
    </StrictMode>,
  );
