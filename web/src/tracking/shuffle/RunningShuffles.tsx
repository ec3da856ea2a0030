import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { useApp } from "../../app/context.ts";
import { listShuffles, SHUFFLES } from "../queries.ts";
import { ShuffleProgress } from "./ShuffleProgress.tsx";
import { watched } from "./watched.ts";

/** The progress of one's own shuffles and of those that others have pressed. */
export default function RunningShuffles() {
  const { apis, me } = useApp();
  const shuffleIds = useSyncExternalStore(watched.subscribe, () => watched.of(me.accountId));
  const { data } = useQuery({
    queryKey: [...SHUFFLES, "latest"],
    queryFn: ({ signal }) => listShuffles(apis, null, signal),
  });
  useEffect(() => {
    const running = data?.items.filter(({ status }) => status !== "done") ?? [];
    watched.watch(
      me.accountId,
      running.map(({ shuffle_id }) => shuffle_id),
    );
  }, [data, me.accountId]);
  return shuffleIds.map((shuffleId) => <ShuffleProgress key={shuffleId} shuffleId={shuffleId} />);
}
