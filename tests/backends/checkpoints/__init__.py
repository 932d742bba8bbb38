"""Claims about `backends/checkpoints`."""
