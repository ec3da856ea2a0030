const MARK = "ates.reloaded-at";
const ONCE_PER_MS = 60_000;

/** A tab older than the deployment asks for files that are gone; it is loaded again, once. */
export function reloadOnceWhenOutdated(storage: Storage = sessionStorage): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(storage.getItem(MARK) ?? 0);
    if (Date.now() - last < ONCE_PER_MS) return;
    storage.setItem(MARK, String(Date.now()));
    event.preventDefault();
    window.location.reload();
  });
}
