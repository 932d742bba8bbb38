"""Claims about `backends/local`."""
