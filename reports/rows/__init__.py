"""Comparisons as typed rows, and the parquet file that holds them."""
