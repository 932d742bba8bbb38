"""Claims about `reports/timeline`."""
