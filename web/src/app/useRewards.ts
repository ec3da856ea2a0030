import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { body, type Entry } from "./api/clients.ts";
import { useApp } from "./context.ts";
import { MY_MONEY } from "./useMyBalance.ts";

/** Tasks that were completed here and whose reward is not booked yet, each with when it was completed. */
type Waiting = Record<string, number>;

const WAITING = ["rewards-on-their-way"] as const;
const ASK_MS = 1_500;
const GIVE_UP_MS = 120_000;

export function expectReward(client: QueryClient, taskId: string): void {
  client.setQueryData<Waiting>(WAITING, (before) => ({ ...before, [taskId]: Date.now() }));
}

/** How many rewards are on their way; while any is, one's log is asked for until it has them. */
export function useRewardsOnTheirWay(): number {
  const client = useQueryClient();
  const { apis } = useApp();
  const { data: waiting = {} } = useQuery<Waiting>({
    queryKey: WAITING,
    queryFn: () => ({}),
    enabled: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const count = Object.keys(waiting).length;
  const { data } = useQuery({
    queryKey: [...MY_MONEY, "latest"],
    queryFn: ({ signal }) =>
      body(apis.accounting.GET("/me/entries", { params: { query: { limit: 50 } }, signal })),
    enabled: count > 0,
    refetchInterval: ASK_MS,
    staleTime: 0,
  });
  useEffect(() => {
    if (!count) return;
    const left = stillWaiting(waiting, data?.items ?? [], Date.now());
    if (Object.keys(left).length === count) return;
    client.setQueryData<Waiting>(WAITING, left);
    void client.invalidateQueries({ queryKey: MY_MONEY });
  }, [client, count, data, waiting]);
  return count;
}

export function stillWaiting(waiting: Waiting, entries: readonly Entry[], now: number): Waiting {
  const rewarded = new Set(
    entries.flatMap((entry) =>
      entry.kind === "completion_reward" && entry.task ? [entry.task.task_id] : [],
    ),
  );
  return Object.fromEntries(
    Object.entries(waiting).filter(([taskId, since]) => !rewarded.has(taskId) && now - since < GIVE_UP_MS),
  );
}
