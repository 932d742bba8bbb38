"""Claims about `reports/output`."""
