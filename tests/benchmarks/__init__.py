"""Measurements: how long an answer takes, and how many come in a second, of both backends."""
