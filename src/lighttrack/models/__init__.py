"""Networks behind the protocols of `lighttrack.tracking.components`."""
