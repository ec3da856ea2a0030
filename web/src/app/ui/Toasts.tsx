import { Alert, Snackbar } from "@mui/material";
import { createContext, type ReactNode, use, useCallback, useState } from "react";

interface Toast {
  id: number;
  text: string;
  severity: "success" | "error" | "info";
}

type Show = (text: string, severity?: Toast["severity"]) => void;

const ToastContext = createContext<Show>(() => undefined);

/** Tells what came of something, to eyes and to screen readers. */
export function useToast(): Show {
  return use(ToastContext);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null);
  const [open, setOpen] = useState(false);
  const show = useCallback<Show>((text, severity = "success") => {
    setToast({ id: Date.now(), text, severity });
    setOpen(true);
  }, []);
  const close = () => {
    setOpen(false);
  };
  return (
    <ToastContext value={show}>
      {children}
      <Snackbar
        key={toast?.id}
        open={open}
        onClose={(_event, reason) => {
          if (reason !== "clickaway") close();
        }}
        autoHideDuration={toast?.severity === "error" ? null : 6_000}
        anchorOrigin={{ vertical: "bottom", horizontal: "center" }}
      >
        <Alert
          severity={toast?.severity ?? "info"}
          variant="outlined"
          onClose={close}
          sx={{ bgcolor: "background.paper", boxShadow: 4 }}
          role={toast?.severity === "error" ? "alert" : "status"}
        >
          {toast?.text}
        </Alert>
      </Snackbar>
    </ToastContext>
  );
}
