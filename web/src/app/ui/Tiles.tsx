import { Box, Skeleton, Typography } from "@mui/material";
import type { ReactNode } from "react";
import { Card } from "./Card.tsx";

const GRID = {
  display: "grid",
  gap: 1.5,
  gridTemplateColumns: "repeat(auto-fit, minmax(min(145px, 100%), 1fr))",
  mb: 2,
} as const;

/** Figures side by side; as placeholders while they are on their way. */
export function Tiles({ children, loading = 0 }: { children?: ReactNode; loading?: number }) {
  return (
    <Box sx={GRID}>
      {children}
      {Array.from({ length: loading }, (_, index) => (
        <Card key={index} padded>
          <Skeleton width={90} height={18} />
          <Skeleton width={130} height={34} />
          <Skeleton width={110} height={18} />
        </Card>
      ))}
    </Box>
  );
}

interface TileProps {
  label: string;
  note?: ReactNode;
  children: ReactNode;
}

/** One figure: what it is, itself, and what else is to know of it. */
export function Tile({ label, note, children }: TileProps) {
  return (
    <Card padded>
      <Typography variant="body2" color="textSecondary">
        {label}
      </Typography>
      <Typography
        component="div"
        sx={{ fontSize: "1.5rem", fontWeight: 620, lineHeight: 1.4, letterSpacing: "-0.015em" }}
      >
        {children}
      </Typography>
      {note && (
        <Typography variant="caption" color="textSecondary" component="div">
          {note}
        </Typography>
      )}
    </Card>
  );
}
