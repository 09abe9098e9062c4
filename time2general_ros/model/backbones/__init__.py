"""Frozen encoders that others have trained, read from local folders through `transformers`."""
