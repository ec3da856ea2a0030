import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { Compass, Lock } from "lucide-react";
import { Link } from "react-router";
import { Empty } from "./ui/Empty.tsx";
import { Page } from "./ui/Page.tsx";

/** An address that leads nowhere, or not for this role. */
export function NotFound({ forbidden = false }: { forbidden?: boolean }) {
  const { t } = useLingui();
  const back = (
    <Button component={Link} to="/my-tasks" variant="outlined">
      <Trans>Go to my tasks</Trans>
    </Button>
  );
  return forbidden ? (
    <Page title={t`Not for your role`}>
      <Empty icon={Lock} title={<Trans>Your role does not open this view</Trans>} action={back}>
        <Trans>An admin can change your role; then sign in again.</Trans>
      </Empty>
    </Page>
  ) : (
    <Page title={t`Not found`}>
      <Empty icon={Compass} title={<Trans>There is nothing at this address</Trans>} action={back} />
    </Page>
  );
}
