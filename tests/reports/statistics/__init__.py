"""Claims about `reports/statistics`."""
