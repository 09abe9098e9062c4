"""Label sets: their classes, their colours and how one set relates to another."""
