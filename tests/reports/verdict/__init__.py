"""Claims about `reports/verdict`."""
