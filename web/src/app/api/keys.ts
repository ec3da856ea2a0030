interface Kept {
  body: string;
  key: string;
}

/**
 * Idempotency-Keys of commands that wait for an answer, per account, in sessionStorage: sent again after a
 * lost answer, a reload or a new sign-in, the same command has the same key and takes effect once.
 */
export class CommandKeys {
  private readonly prefix: string;
  private readonly storage: Storage;

  constructor(accountId: string, storage: Storage = sessionStorage) {
    this.prefix = `ates.key.${accountId}.`;
    this.storage = storage;
  }

  keyFor(command: string, input: unknown): string {
    const body = JSON.stringify(input ?? null);
    const kept = this.read(command);
    if (kept?.body === body) return kept.key;
    const key = crypto.randomUUID();
    this.storage.setItem(this.prefix + command, JSON.stringify({ body, key } satisfies Kept));
    return key;
  }

  /** An answer has come. */
  forget(command: string): void {
    this.storage.removeItem(this.prefix + command);
  }

  private read(command: string): Kept | null {
    const text = this.storage.getItem(this.prefix + command);
    return text ? (JSON.parse(text) as Kept) : null;
  }
}
