"""What the launch files work out."""
