"""Claims about `backends/memory`."""
