"""Labels that are drawn as outlines: read from the files of label tools, and made into maps."""
