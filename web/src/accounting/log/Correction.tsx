import { Trans } from "@lingui/react/macro";
import { Link, Typography } from "@mui/material";
import type { ReactNode } from "react";
import type { Entry } from "../../app/api/clients.ts";

export function anchorOf(entryId: string): string {
  return `entry-${entryId}`;
}

interface Props {
  entry: Entry;
  numberOf: ReadonlyMap<string, number>;
}

/** What a correction corrects, or what corrected an entry; who did it, and why. */
export function Correction({ entry: { correction, corrected }, numberOf }: Props) {
  const by = correction ?? corrected;
  if (!by) return null;
  const { made_by: admin, reason } = by;
  const name = admin.name;
  return (
    <Typography variant="caption" color="textSecondary" component="div" sx={{ overflowWrap: "anywhere" }}>
      {correction && <Corrects id={correction.corrects_entry_id} numberOf={numberOf} />}
      {corrected && (
        <CorrectedBy id={corrected.entry_id} number={corrected.entry_number} numberOf={numberOf} />
      )}
      <div>
        <Trans>By {name}</Trans>
      </div>
      <div>
        <Trans>Reason: {reason}</Trans>
      </div>
    </Typography>
  );
}

function Corrects({ id, numberOf }: { id: string; numberOf: Props["numberOf"] }) {
  const number = numberOf.get(id);
  if (number === undefined) return <Trans>Corrects an entry further down</Trans>;
  return (
    <ToEntry id={id}>
      <Trans>Corrects entry {number}</Trans>
    </ToEntry>
  );
}

function CorrectedBy({ id, number, numberOf }: { id: string; number: number; numberOf: Props["numberOf"] }) {
  const text = <Trans>Corrected by entry {number}</Trans>;
  return numberOf.has(id) ? <ToEntry id={id}>{text}</ToEntry> : text;
}

function ToEntry({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link href={`#${anchorOf(id)}`} sx={{ display: "inline-block", lineHeight: "24px", mt: 0.5 }}>
      {children}
    </Link>
  );
}
