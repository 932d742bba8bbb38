"""Claims about `reports/session`."""
