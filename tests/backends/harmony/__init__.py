"""Tests of the Harmony parser: by hand, by property, against the reference, by the clock."""
