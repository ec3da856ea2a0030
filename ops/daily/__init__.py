"""An operator's daily work: status, closes, imports, reports, the simulation."""
