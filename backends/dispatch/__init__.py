"""Who asks when: the dispatcher, the answers that its processes share, and the cache."""
