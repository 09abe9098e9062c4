"""What a data set holds, what is odd about it, and how it may be split."""
