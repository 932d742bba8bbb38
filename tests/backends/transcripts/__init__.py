"""Claims about `backends/transcripts`."""
