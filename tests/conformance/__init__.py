"""Claims about the wire checks: each fails where just its promise is broken, and none where all are kept."""
