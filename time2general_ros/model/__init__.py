"""The network: encoders, stability queries, memory decoder, checkpoints."""
