"""Learning of one's own: from a shipped model and labelled pictures to a recipe."""
