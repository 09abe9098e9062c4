"""Plots as SVG, in the colours of the page that they stand on."""
