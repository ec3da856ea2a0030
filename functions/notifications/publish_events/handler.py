from shared.relay import publish_events_handler

handler = publish_events_handler()
