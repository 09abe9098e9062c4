"""The command ``time2general anchors``: embeddings of class names, for a network's text input."""

from __future__ import annotations

import argparse

from time2general_ros.labels.cityscapes import STREETS
from time2general_ros.user_path import user_path


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'anchors',
        help='embed the class names of a label set for the text input',
        description='Embed prompts for every class of a label set with a CLIP text encoder, and '
        'write the file that `anchors` of a model or recipe names.',
    )
    parser.add_argument(
        '--out', type=user_path, required=True, metavar='FILE', help='.safetensors'
    )
    parser.add_argument(
        '--encoder',
        default='openai/clip-vit-base-patch32',
        metavar='DIR|ID',
        help='folder or hub id (default: %(default)s)',
    )
    parser.add_argument(
        '--label-set', default=STREETS, metavar='NAME|FILE', help='(default: %(default)s)'
    )
    parser.add_argument(
        '--template',
        type=read_template,
        action='append',
        metavar='TEXT',
        help='prompt with {} for the class; may be given several times',
    )
    parser.add_argument('--download', action='store_true', help='let the hub fetch the encoder')
    parser.set_defaults(func=run, usage_error=parser.error)


def read_template(text: str) -> str:
    """
    Read a prompt with a place for the class.

    :raises argparse.ArgumentTypeError: if it has none, or other braces.
    """
    if '{}' not in text or {'{', '}'} & set(text.replace('{}', '')):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a prompt with {{}} for the class, such as "a photo of a {{}}"'
        )
    return text


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    from time2general_ros.evaluation.report import check_writable
    from time2general_ros.labels.files import load_label_set
    from time2general_ros.model.backbones.text import embed_prompts
    from time2general_ros.model.text_anchors import TEMPLATES, prompts_of, save_anchors

    check_writable(args.out)
    try:
        classes = load_label_set(args.label_set).classes
    except ValueError as error:
        args.usage_error(str(error))
    prompts = prompts_of(classes, args.template or TEMPLATES)
    table, encoder = embed_prompts(args.encoder, prompts, download=args.download)
    save_anchors(args.out, table, prompts, encoder)
    print(f'{args.out}: {len(classes)} anchors of width {table.shape[1]} by {encoder}')
    return 0
