"""Write what ships of a model with a frozen encoder: its card and trained weights, no graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from time2general_ros.export.assemble import write_trained_part
from time2general_ros.streaming.model_folder import load_model_folder


def main() -> None:
    """Read the folder given and write the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', type=Path, help='folder OUT/model of a training')
    parser.add_argument('out', type=Path, help='new folder, such as models/small')
    args = parser.parse_args()
    print(write_trained_part(load_model_folder(args.model), args.out))


if __name__ == '__main__':
    main()
