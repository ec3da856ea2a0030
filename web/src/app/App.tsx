import { lazy, Suspense } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { ACCOUNTING_VIEWS } from "../accounting/views.ts";
import { ACCOUNTS_VIEWS } from "../accounts/views.ts";
import { ANALYTICS_VIEWS } from "../analytics/views.ts";
import { TRACKING_VIEWS } from "../tracking/views.ts";
import { NotFound } from "./NotFound.tsx";
import { ViewBoundary } from "./ViewBoundary.tsx";
import { useApp } from "./context.ts";
import { may } from "./rights.ts";
import { Shell } from "./shell/Shell.tsx";
import { Loading } from "./ui/Loading.tsx";
import { useAddress } from "./useAddress.ts";
import { useArrival } from "./useArrival.ts";

const VIEWS = [...TRACKING_VIEWS, ...ACCOUNTING_VIEWS, ...ANALYTICS_VIEWS, ...ACCOUNTS_VIEWS];
const CreateTask = lazy(() => import("../tracking/create/CreateTaskDialog.tsx"));

/** The views by their addresses; one that breaks or isn't this role's costs itself alone. */
export function App() {
  const { role } = useApp().me;
  const { pathname } = useLocation();
  useArrival();
  const creating = useAddress().get("create") === "task";
  return (
    <Shell>
      <ViewBoundary key={pathname}>
        <Suspense fallback={<Loading />}>
          <Routes>
            <Route path="/" element={<Navigate to="/my-tasks" replace />} />
            {VIEWS.map(({ path, page: View, right }) => (
              <Route
                key={path}
                path={path}
                element={!right || may(role, right) ? <View /> : <NotFound forbidden />}
              />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </ViewBoundary>
      <Suspense>{creating && <CreateTask />}</Suspense>
    </Shell>
  );
}
