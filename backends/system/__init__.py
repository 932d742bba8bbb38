"""What this machine has: devices, memory, libraries and their versions."""
