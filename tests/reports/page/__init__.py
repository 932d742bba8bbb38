"""Claims about `reports/rows`."""
