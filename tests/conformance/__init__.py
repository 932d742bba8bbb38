"""Claims about the wire checks: each fails where just its own is broken, and none where all are kept."""
