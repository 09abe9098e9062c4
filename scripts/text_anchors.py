"""Compute the text anchors of a label set with a CLIP text encoder and store them."""

from __future__ import annotations

import argparse
from pathlib import Path

from time2general_ros.data.labels import load_label_set
from time2general_ros.model.backbones.text import embed_prompts
from time2general_ros.model.text_anchors import TEMPLATES, prompts_of, save_anchors


def main() -> None:
    """Embed the prompts of every class and write the file that `anchors` of a model names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='file to write, .safetensors')
    parser.add_argument('--encoder', default='openai/clip-vit-base-patch32', metavar='DIR|ID')
    parser.add_argument('--label-set', default='cityscapes19')
    parser.add_argument('--template', action='append', help='prompt with {} for the class')
    parser.add_argument('--download', action='store_true', help='let the hub fetch the encoder')
    args = parser.parse_args()
    classes = load_label_set(args.label_set).classes
    prompts = prompts_of(classes, args.template or TEMPLATES)
    table, encoder = embed_prompts(args.encoder, prompts, download=args.download)
    save_anchors(args.out, table, prompts, encoder)
    print(f'{args.out}: {len(classes)} anchors of width {table.shape[1]} by {encoder}')


if __name__ == '__main__':
    main()
