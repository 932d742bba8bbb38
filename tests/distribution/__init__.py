"""The package as a wheel holds it."""
