"""Small programs beside the node."""
