"""The tests that a backend must pass, which make the verdict. The suite's own tests live in `tests`."""
