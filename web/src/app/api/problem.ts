import type { Service } from "../config.ts";

/** What is wrong with a field: `code` and `limit` are stable, the message is English. */
export interface FieldError {
  field: string;
  code: string;
  message: string;
  limit?: number | string;
}

interface Details {
  service: Service;
  status: number;
  kind?: string;
  detail?: string;
  fields?: readonly FieldError[];
  correlationId: string;
}

/** A request that did not succeed; `status` 0 when no answer came at all. */
export class Problem extends Error {
  readonly service: Service;
  readonly status: number;
  readonly kind: string;
  readonly fields: readonly FieldError[];
  readonly correlationId: string;

  constructor({ service, status, kind = "", detail = "", fields = [], correlationId }: Details) {
    super(detail || `${service} answered ${String(status)}`);
    this.name = "Problem";
    this.service = service;
    this.status = status;
    this.kind = kind;
    this.fields = fields;
    this.correlationId = correlationId;
  }

  /** The service has decided; trying again with the same request changes nothing. */
  get answered(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

const URN = "urn:ates:problem:";

/** Reads an RFC 9457 answer; whatever else came is a problem without details. */
export async function problemOf(service: Service, answer: Response, sentId: string): Promise<Problem> {
  const correlationId = answer.headers.get("x-correlation-id") ?? sentId;
  const body: unknown = await answer.json().catch(() => null);
  if (!isRecord(body)) return new Problem({ service, status: answer.status, correlationId });
  const type = typeof body["type"] === "string" ? body["type"] : "";
  return new Problem({
    service,
    status: answer.status,
    kind: type.startsWith(URN) ? type.slice(URN.length) : "",
    detail: typeof body["detail"] === "string" ? body["detail"] : "",
    fields: Array.isArray(body["errors"]) ? body["errors"].filter(isFieldError) : [],
    correlationId,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFieldError(value: unknown): value is FieldError {
  return isRecord(value) && ["field", "code", "message"].every((name) => typeof value[name] === "string");
}
