import type { Service } from "../config.ts";
import { health } from "./health.ts";
import { Problem, problemOf } from "./problem.ts";

export interface Authority {
  /** The access token; null when it is no longer good. */
  token(): string | null;
  /** The service does not accept the token, or there is none any more. */
  ended(): void;
}

const TIMEOUT_MS = 20_000;
const UNAUTHORIZED = 401;
const SERVER_ERROR = 500;

/** A `fetch` for one service: it adds who asks, and raises a Problem for whatever is no success. */
export function transport(service: Service, authority: Authority, send: typeof fetch = fetch) {
  return async (request: Request): Promise<Response> => {
    const correlationId = crypto.randomUUID();
    const token = authority.token();
    if (token === null) {
      authority.ended();
      throw new Problem({ service, status: UNAUTHORIZED, correlationId });
    }
    request.headers.set("authorization", `Bearer ${token}`);
    request.headers.set("x-correlation-id", correlationId);
    const answer = await sent(service, request, correlationId, send);
    if (answer.ok) return answer;
    if (answer.status === UNAUTHORIZED) authority.ended();
    throw await problemOf(service, answer, correlationId);
  };
}

async function sent(service: Service, request: Request, correlationId: string, send: typeof fetch) {
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await send(request, { signal });
    health.report(service, answer.status < SERVER_ERROR);
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw error;
    health.report(service, false);
    throw new Problem({ service, status: 0, correlationId });
  }
}
