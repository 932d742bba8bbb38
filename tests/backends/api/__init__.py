"""Claims about `backends/api`."""
