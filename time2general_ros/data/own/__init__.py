"""Data of one's own: what a folder says of itself, where its files are, and how they are read."""
