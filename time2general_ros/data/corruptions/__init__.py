"""The sixteen corruptions of the Cityscapes-C protocol, for video."""
