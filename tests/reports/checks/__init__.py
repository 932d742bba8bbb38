"""Claims about `reports/checks`."""
