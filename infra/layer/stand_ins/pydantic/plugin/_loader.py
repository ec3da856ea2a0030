"""Stands in for pydantic's module, which looks for plugins in all installed packages; the layer has none."""


def get_plugins() -> tuple[object, ...]:
    """No plugin."""
    return ()
