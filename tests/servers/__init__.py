"""Claims about the servers that the suite starts."""
