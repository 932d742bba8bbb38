"""Claims about `backends/system`."""
