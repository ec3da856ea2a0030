import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { CssBaseline, ThemeProvider } from "@mui/material";
import { ruRU } from "@mui/material/locale";
import { createTheme } from "@mui/material/styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { BrowserRouter } from "react-router";
import { App } from "./App.tsx";
import { createApis } from "./api/clients.ts";
import { CommandKeys } from "./api/keys.ts";
import type { Config } from "./config.ts";
import { AppContext } from "./context.ts";
import { language, usePreference } from "./preferences.ts";
import { createQueryClient } from "./queries.ts";
import { SessionGate } from "./session/SessionGate.tsx";
import type { SessionKeeper } from "./session/keeper.ts";
import { createManager, signOut } from "./session/manager.ts";
import { themeOptions } from "./theme.ts";
import { Toasts } from "./ui/Toasts.tsx";

/** What the whole app stands in: look, texts, addresses, session, services. */
export function Root({ config }: { config: Config }) {
  const chosen = usePreference(language);
  const theme = useMemo(() => createTheme(themeOptions, chosen === "ru" ? ruRU : {}), [chosen]);
  const [manager] = useState(() => createManager(config));
  const leave = () => void signOut(manager, config);
  return (
    <I18nProvider i18n={i18n}>
      <ThemeProvider theme={theme} defaultMode="system" noSsr>
        <CssBaseline enableColorScheme />
        <BrowserRouter>
          <SessionGate manager={manager} onSignOut={leave}>
            {(keeper) => <SignedIn config={config} keeper={keeper} onSignOut={leave} />}
          </SessionGate>
        </BrowserRouter>
      </ThemeProvider>
    </I18nProvider>
  );
}

interface SignedInProps {
  config: Config;
  keeper: SessionKeeper;
  onSignOut: () => void;
}

function SignedIn({ config, keeper, onSignOut }: SignedInProps) {
  const [client] = useState(createQueryClient);
  const [context] = useState<AppContext>(() => ({
    config,
    apis: createApis(config, keeper),
    keys: new CommandKeys(keeper.session.accountId),
    me: keeper.session,
    signOut: onSignOut,
  }));
  return (
    <QueryClientProvider client={client}>
      <AppContext value={context}>
        <Toasts>
          <App />
        </Toasts>
      </AppContext>
    </QueryClientProvider>
  );
}
