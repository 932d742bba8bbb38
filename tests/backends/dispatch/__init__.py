"""Claims about `backends/dispatch`."""
