"""What ``time2general train`` does beside the training itself."""
