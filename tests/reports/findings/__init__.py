"""Claims about `reports/findings`."""
