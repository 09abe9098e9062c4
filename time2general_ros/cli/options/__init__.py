"""Options that commands share, and what may stand in them."""
