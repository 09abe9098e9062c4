"""Recordings as data: the images of one topic, and the labels of another."""
