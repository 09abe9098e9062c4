"""The topics and services of every camera."""
