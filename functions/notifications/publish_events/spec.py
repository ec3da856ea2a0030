from shared.relay_specs import publish_events

SPEC = publish_events("notifications")
