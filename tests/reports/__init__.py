"""Claims about what comes out of a run."""
