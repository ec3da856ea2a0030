import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { download } from "../download.ts";
import type { Row } from "../format/csv.ts";
import { useToast } from "./Toasts.tsx";
import { useProblemText } from "./useProblemText.ts";

interface Props {
  name: string;
  /** Reads the whole selection, not just what is loaded. */
  rows: (signal: AbortSignal) => Promise<Row[]>;
}

export function ExportButton({ name, rows }: Props) {
  const { t } = useLingui();
  const toast = useToast();
  const problemText = useProblemText();
  const save = useMutation({
    mutationFn: () => rows(new AbortController().signal),
    onSuccess: (found) => {
      download(name, found);
      const count = found.length - 1;
      const rowCount = plural(count, { one: "# row", other: "# rows" });
      toast(t`Saved ${name}: ${rowCount}.`);
    },
    onError: (error) => {
      toast(problemText(error), "error");
    },
  });
  return (
    <Button
      variant="outlined"
      loading={save.isPending}
      loadingPosition="start"
      startIcon={<Download size={16} aria-hidden />}
      onClick={() => {
        save.mutate();
      }}
    >
      <Trans>CSV</Trans>
    </Button>
  );
}
