"""What only a GPU can show; and, without the marker `gpu`, the same code on a CPU at a size that it can bear."""
