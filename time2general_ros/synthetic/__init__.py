"""Procedural drives with exact labels, at any frame rate and in any weather."""
