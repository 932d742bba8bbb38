"""The tests that a backend must pass. Everything here counts towards the verdict; the suite's own tests live in `tests`."""
