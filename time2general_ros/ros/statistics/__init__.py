"""What is counted and timed of every camera."""
