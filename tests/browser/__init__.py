"""Claims about a report's page in a real browser."""
