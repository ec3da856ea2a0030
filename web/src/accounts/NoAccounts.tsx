import { Trans, useLingui } from "@lingui/react/macro";
import { UserCheck, Users } from "lucide-react";
import { Empty } from "../app/ui/Empty.tsx";
import type { AccountFilter } from "./accounts.ts";

interface Props {
  more: boolean;
  filter: AccountFilter;
}

/** "Nobody so far" is not "nobody": a page may be empty although the search goes on. */
export function NoAccounts({ more, filter: { q, role, state } }: Props) {
  const { t } = useLingui();
  if (more)
    return (
      <Empty icon={Users} title={t`Nobody in what was searched so far`}>
        <Trans>There are older accounts. Search further to look through them.</Trans>
      </Empty>
    );
  if (state === "waiting" && !q && !role)
    return <Empty icon={UserCheck} title={t`Everybody has signed in`} />;
  return (
    <Empty icon={Users} title={t`Nobody matches`}>
      <Trans>A search finds part of a name or of an e-mail address.</Trans>
    </Empty>
  );
}
