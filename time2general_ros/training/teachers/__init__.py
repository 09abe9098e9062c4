"""Teachers: networks that answer, once, what nobody labelled."""
