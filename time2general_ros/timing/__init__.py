"""How long a frame takes, stage by stage, and beside what else."""
