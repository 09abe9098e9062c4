"""Building the engine and feeding it."""
