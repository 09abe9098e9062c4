"""What is minimised: the losses, and how a network is asked for them."""
