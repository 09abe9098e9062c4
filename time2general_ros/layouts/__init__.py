"""Configurations of viewers and costmaps with the classes of a model."""
