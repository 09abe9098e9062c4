"""Recipes: what a training run learns from, how, and for how long."""
