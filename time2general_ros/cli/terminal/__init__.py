"""What is shown in a terminal, and what ends a command there."""
