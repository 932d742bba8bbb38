"""The model in this process: loading, batching, generation."""
