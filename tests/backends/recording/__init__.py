"""What a recording holds, what it refuses, and that playing it back comes to the same."""
