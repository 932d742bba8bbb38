"""The verdict on a subject, and on a run, step by step."""
