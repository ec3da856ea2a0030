import { plural } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { download } from "../download.ts";
import type { Row } from "../format/csv.ts";
import { useToast } from "./Toasts.tsx";
import { useProblemText } from "./useProblemText.ts";

interface Props {
  name: string;
  /** Reads the whole selection, not just what is loaded, and tells how many rows it has so far. */
  rows: (signal: AbortSignal, onProgress: (count: number) => void) => Promise<Row[]>;
}

/** Saves a selection; a long one says how far it is, and ends with the page that it is on. */
export function ExportButton({ name, rows }: Props) {
  const { t } = useLingui();
  const toast = useToast();
  const problemText = useProblemText();
  const [read, setRead] = useState(0);
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);
  const save = useMutation({
    mutationFn: () => {
      setRead(0);
      running.current = new AbortController();
      return rows(running.current.signal, setRead);
    },
    onSuccess: (found) => {
      download(name, found);
      const count = found.length - 1;
      const rowCount = plural(count, { one: "# row", other: "# rows" });
      toast(t`Saved ${name}: ${rowCount}.`);
    },
    onError: (error) => {
      if (!running.current?.signal.aborted) toast(problemText(error), "error");
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
      {save.isPending && read > 0 ? <Plural value={read} one="# row" other="# rows" /> : <Trans>CSV</Trans>}
    </Button>
  );
}
