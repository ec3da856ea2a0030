from shared.relay_specs import sweep_journal

SPEC = sweep_journal("notifications")
