"""Claims about whole runs: pytest in a process of its own, on the real conformance tests."""
