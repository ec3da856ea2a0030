import { Skeleton } from "@mui/material";
import type { TopTasks } from "../app/api/clients.ts";
import { Amount } from "../app/ui/Amount.tsx";

interface Props {
  query: { data?: TopTasks | undefined; isPending: boolean };
}

/** The reward of the most expensive task; a dash where no task was completed. */
export function TopReward({ query: { data, isPending } }: Props) {
  if (data?.top) return <Amount money={data.top.completion_reward} />;
  return isPending ? <Skeleton width={96} /> : "–";
}
