"""Criteria, noise and other numbers over the rows of a run."""
