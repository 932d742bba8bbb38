"""The report as text and files."""
