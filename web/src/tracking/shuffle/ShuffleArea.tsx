import { lazy, Suspense, useSyncExternalStore } from "react";
import { useApp, useMay } from "../../app/context.ts";
import { watched } from "./watched.ts";

const ShuffleProgress = lazy(() => import("./ShuffleProgress.tsx"));

/** Room for the progress of a shuffle, for those who may press one. */
export function ShuffleArea() {
  const { me } = useApp();
  const mayAssign = useMay("assignTasks");
  const shuffleId = useSyncExternalStore(watched.subscribe, () => watched.get(me.accountId));
  return mayAssign && shuffleId ? (
    <Suspense>
      <ShuffleProgress shuffleId={shuffleId} />
    </Suspense>
  ) : null;
}
