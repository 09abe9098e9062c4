"""One frame at a time: clip memory, segmenter, engines."""
