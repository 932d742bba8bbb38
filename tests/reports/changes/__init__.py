"""Claims about `reports/changes`."""
