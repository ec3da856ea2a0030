/**
 * The shuffles whose progress this tab shows until they are hidden, also after a reload: those that this
 * account pressed, and those of others that it saw running.
 */
export class WatchedShuffles {
  private readonly listeners = new Set<() => void>();
  private readonly storage: Storage;
  private lists = new Map<string, readonly string[]>();

  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** The same array until it changes. */
  of(accountId: string): readonly string[] {
    const known = this.lists.get(accountId) ?? this.read(accountId);
    this.lists.set(accountId, known);
    return known;
  }

  watch(accountId: string, shuffleIds: readonly string[]): void {
    const known = this.of(accountId);
    const added = shuffleIds.filter((id) => !known.includes(id));
    if (added.length > 0) this.keep(accountId, [...known, ...added]);
  }

  hide(accountId: string, shuffleId: string): void {
    this.keep(
      accountId,
      this.of(accountId).filter((id) => id !== shuffleId),
    );
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private keep(accountId: string, shuffleIds: readonly string[]): void {
    this.lists.set(accountId, shuffleIds);
    if (shuffleIds.length > 0) this.storage.setItem(keyOf(accountId), shuffleIds.join(" "));
    else this.storage.removeItem(keyOf(accountId));
    for (const listener of this.listeners) listener();
  }

  private read(accountId: string): readonly string[] {
    return this.storage.getItem(keyOf(accountId))?.split(" ") ?? [];
  }
}

function keyOf(accountId: string): string {
  return `ates.shuffle.${accountId}`;
}
