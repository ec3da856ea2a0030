import { lazy, Suspense } from "react";
import { useMay } from "../../app/context.ts";

const RunningShuffles = lazy(() => import("./RunningShuffles.tsx"));

/** Room for the progress of shuffles, for those who may press one. */
export function ShuffleArea() {
  const mayAssign = useMay("assignTasks");
  return mayAssign ? (
    <Suspense>
      <RunningShuffles />
    </Suspense>
  ) : null;
}
