"""Procedural drives with exact labels, at any frame rate and in any weather."""

from time2general_ros.synthetic.drive import Drive, SyntheticFrame
from time2general_ros.synthetic.errors import SyntheticError
from time2general_ros.synthetic.weather import WEATHERS

__all__ = ['WEATHERS', 'Drive', 'SyntheticError', 'SyntheticFrame']
