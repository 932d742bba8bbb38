"""Tests of how answers are obtained."""
