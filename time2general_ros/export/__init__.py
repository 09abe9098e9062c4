"""From weights to what engines load: graphs, checksums, cards."""
