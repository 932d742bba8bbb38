"""Claims about `backends/renderings`."""
