"""The page of a replay: docs/replay.md says what it shows."""
