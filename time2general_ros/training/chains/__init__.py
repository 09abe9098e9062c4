"""Chains of recipes: what each comes after, what is finished, and the record of it."""
