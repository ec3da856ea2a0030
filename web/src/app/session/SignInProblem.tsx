import { Trans } from "@lingui/react/macro";
import { Box, Button, Stack, Typography } from "@mui/material";

interface Props {
  noRole: boolean;
  onSignIn: () => void;
  onSignOut: () => void;
}

/** The sign-in came to nothing; it is not tried again by itself, which could go round for ever. */
export function SignInProblem({ noRole, onSignIn, onSignOut }: Props) {
  return (
    <Box component="main" sx={{ display: "grid", placeItems: "center", minHeight: "100vh", p: 3 }}>
      <Stack spacing={2} sx={{ maxWidth: 420 }}>
        <Typography variant="h1">
          {noRole ? <Trans>Your account has no role yet</Trans> : <Trans>Sign-in did not work</Trans>}
        </Typography>
        <Typography color="textSecondary">
          {noRole ? (
            <Trans>You are signed in, but aTES needs exactly one role for you. Ask an admin to set it.</Trans>
          ) : (
            <Trans>The sign-in page did not answer as expected. Nothing you typed is lost.</Trans>
          )}
        </Typography>
        <Stack direction="row" spacing={1}>
          <Button variant="contained" onClick={onSignIn}>
            <Trans>Sign in again</Trans>
          </Button>
          {noRole && (
            <Button onClick={onSignOut}>
              <Trans>Sign out</Trans>
            </Button>
          )}
        </Stack>
      </Stack>
    </Box>
  );
}
