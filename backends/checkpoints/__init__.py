"""A model's files: fetching, architecture, number formats, kernels."""
