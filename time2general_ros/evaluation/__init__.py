"""Accuracy, consistency and reports."""
