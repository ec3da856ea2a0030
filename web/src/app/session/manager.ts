import { UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { Config } from "../config.ts";

export const CALLBACK_PATH = "/callback";

/** The code flow with PKCE. Tokens live in this tab's sessionStorage; addresses come from config.json. */
export function createManager({ sign_in }: Config): UserManager {
  const origin = window.location.origin;
  return new UserManager({
    authority: sign_in.issuer,
    client_id: sign_in.client_id,
    redirect_uri: origin + CALLBACK_PATH,
    scope: "openid profile",
    metadata: {
      issuer: sign_in.issuer,
      authorization_endpoint: sign_in.authorize_url,
      token_endpoint: sign_in.token_url,
    },
    userStore: new WebStorageStateStore({ store: window.sessionStorage }),
    stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
    automaticSilentRenew: false,
    loadUserInfo: false,
    revokeTokensOnSignout: false,
    monitorSession: false,
  });
}

/** The user pool's sign-out is its own: it wants the client and an address that it knows, and no token. */
export async function signOut(manager: UserManager, { sign_in }: Config): Promise<void> {
  await manager.removeUser();
  const address = new URL(sign_in.logout_url);
  address.searchParams.set("client_id", sign_in.client_id);
  address.searchParams.set("logout_uri", window.location.origin);
  window.location.assign(address);
}
