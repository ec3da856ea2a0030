import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { securityPolicy } from "./security-policy.ts";

interface Local {
  apis: Record<string, string>;
  client_id: string;
  user_pool_id: string;
  region: string;
  oauth: { authorize_url: string; token_url: string };
  endpoint: string;
}

const HOME = process.env["ATES_HOME"] ?? new URL("../../.ates", import.meta.url).pathname;

/** What `config.json` says of the local installation (`make up`), for `vite` and `vite preview`. */
export function localConfig() {
  const local = JSON.parse(readFileSync(`${HOME}/local.json`, "utf8")) as Local;
  return {
    stage: "dev",
    business_timezone: "UTC",
    apis: local.apis,
    sign_in: {
      issuer: `https://cognito-idp.${local.region}.amazonaws.com/${local.user_pool_id}`,
      client_id: local.client_id,
      authorize_url: local.oauth.authorize_url,
      token_url: local.oauth.token_url,
      logout_url: `${local.endpoint}/logout`,
    },
  };
}

/** Serves it beside the files; a built app gets the headers of a deployed one, too. */
export function localInstallation(): Plugin {
  return {
    name: "ates-local-installation",
    configureServer: ({ middlewares }) => {
      middlewares.use("/config.json", (_request, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(localConfig()));
      });
    },
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use((request, response, next) => {
        const config = localConfig();
        response.setHeader("content-security-policy", securityPolicy(config));
        if (request.url !== "/config.json") {
          next();
          return;
        }
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(config));
      });
    },
  };
}
