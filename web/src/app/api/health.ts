import { SERVICES, type Service } from "../config.ts";

type Health = Readonly<Record<Service, number | null>>;

/** Since when each service doesn't answer, null while it does: as seen by the requests of this tab. */
class HealthStore {
  private current: Health = Object.freeze(Object.fromEntries(SERVICES.map((one) => [one, null])) as Health);
  private readonly listeners = new Set<() => void>();

  readonly snapshot = (): Health => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  report(service: Service, up: boolean, now: number = Date.now()): void {
    const since = this.current[service];
    if (up === (since === null)) return;
    this.current = { ...this.current, [service]: up ? null : now };
    for (const listener of this.listeners) listener();
  }
}

export const health = new HealthStore();
