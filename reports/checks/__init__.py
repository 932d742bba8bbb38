"""What came of a wire check."""
