/** What the deployment says of itself in `config.json`, beside the files. */
export interface Config {
  stage: string;
  business_timezone: string;
  apis: Record<Service, string>;
  sign_in: {
    issuer: string;
    client_id: string;
    authorize_url: string;
    token_url: string;
    logout_url: string;
  };
}

export const SERVICES = ["tracking", "accounting", "analytics", "auth"] as const;
export type Service = (typeof SERVICES)[number];

/** Raises when there is none: nothing works without it. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error(`config.json: ${String(answer.status)}`);
  return (await answer.json()) as Config;
}
