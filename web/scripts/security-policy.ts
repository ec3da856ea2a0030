interface Addresses {
  apis: Record<string, string>;
  sign_in: { authorize_url: string; token_url: string };
}

/** An empty style element's hash: all that MUI's production build needs, whose rules go in through the CSSOM. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/** The content security policy that the dashboards are served with (infra/web.py has the deployed one). */
export function securityPolicy({ apis, sign_in }: Addresses): string {
  const connect = [...Object.values(apis), sign_in.token_url].map((address) => new URL(address).origin);
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${EMPTY_STYLE}`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${[...new Set(connect)].join(" ")}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}
