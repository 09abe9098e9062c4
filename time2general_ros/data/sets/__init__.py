"""Public data sets: where their files lie, what their labels mean, and when frames were taken."""
