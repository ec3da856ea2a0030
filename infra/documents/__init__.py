"""Documents made from the specs: OpenAPI per service, AsyncAPI, and the diagram of services and events."""
