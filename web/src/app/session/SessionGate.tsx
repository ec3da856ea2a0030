import type { UserManager } from "oidc-client-ts";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Splash } from "../shell/Splash.tsx";
import { SignInProblem } from "./SignInProblem.tsx";
import { SessionKeeper } from "./keeper.ts";
import { leave, type Start, start } from "./start.ts";

interface Props {
  manager: UserManager;
  onSignOut: () => void;
  children: (keeper: SessionKeeper) => ReactNode;
}

/** Lets through who is signed in, and sends whoever is not, or is no longer, to the sign-in page. */
export function SessionGate({ manager, onSignOut, children }: Props) {
  const [state, setState] = useState<Start | null>(null);
  const [keeper, setKeeper] = useState<SessionKeeper | null>(null);
  const navigate = useNavigate();
  const begun = useRef(false);

  const signIn = useCallback(() => {
    void leave(manager).then(setState, () => {
      setState({ kind: "failed" });
    });
  }, [manager]);

  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void start(manager)
      .catch((): Start => ({ kind: "failed" }))
      .then((found) => {
        if (found.kind === "signed-in") {
          if (found.path !== null) void navigate(found.path, { replace: true });
          setKeeper(new SessionKeeper(found.session, manager, signIn));
        }
        setState(found);
      });
  }, [manager, navigate, signIn]);

  if (state?.kind === "failed" || state?.kind === "no-role")
    return <SignInProblem noRole={state.kind === "no-role"} onSignIn={signIn} onSignOut={onSignOut} />;
  return keeper ? children(keeper) : <Splash />;
}
