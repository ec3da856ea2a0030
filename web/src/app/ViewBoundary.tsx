import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { TriangleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Empty } from "./ui/Empty.tsx";

interface Props {
  children: ReactNode;
}

/** What a view shows that broke or could not be loaded; the others go on. */
export class ViewBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const reload = () => {
      window.location.reload();
    };
    return (
      <Empty
        icon={TriangleAlert}
        title={<Trans>This view could not be shown</Trans>}
        action={
          <Button variant="outlined" onClick={reload}>
            <Trans>Load it again</Trans>
          </Button>
        }
      >
        <Trans>The other views work. What you typed is kept.</Trans>
      </Empty>
    );
  }
}
