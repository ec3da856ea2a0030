/** The shuffle whose progress this tab shows, also after a reload: the last that this account pressed. */
class WatchedShuffle {
  private readonly listeners = new Set<() => void>();
  private readonly storage: Storage;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  get(accountId: string): string | null {
    return this.storage.getItem(keyOf(accountId));
  }

  watch(accountId: string, shuffleId: string | null): void {
    if (shuffleId) this.storage.setItem(keyOf(accountId), shuffleId);
    else this.storage.removeItem(keyOf(accountId));
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

export const watched = new WatchedShuffle(sessionStorage);

function keyOf(accountId: string): string {
  return `ates.shuffle.${accountId}`;
}
