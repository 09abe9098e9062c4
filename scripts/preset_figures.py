"""Time and memory of a preset at full size, on the CPU, with random weights."""

from __future__ import annotations

import argparse
from pathlib import Path
import resource
from tempfile import TemporaryDirectory
import time
from typing import TYPE_CHECKING

import torch

from time2general_ros.export.graph import export_onnx, step_inputs
from time2general_ros.model.build import build_model
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.presets import PRESETS

if TYPE_CHECKING:
    from time2general_ros.model.network import Time2General

# Width, layers and heads of the published backbones.
SIZES = {
    'facebook/dinov2-small': (384, 12, 6),
    'facebook/dinov2-base': (768, 12, 12),
    'facebook/dinov2-large': (1024, 24, 16),
}


FRAMES = 2


def main() -> None:
    """Build the preset around a backbone of random weights, run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'preset', choices=[name for name in PRESETS if PRESETS[name].get('backbone')]
    )
    parser.add_argument('--what', choices=list(WORK), default='step')
    parser.add_argument('--size', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--runs', type=int, default=3)
    args = parser.parse_args()
    values = {'preset': args.preset, **PRESETS[args.preset]}
    if args.size:
        values['height'], values['width_px'] = args.size
    with TemporaryDirectory() as place:
        _save_random(values['backbone'], Path(place))
        config = ModelConfig.from_dict({**values, 'backbone': place})
        network = build_model(config).eval()
    trained = sum(v.numel() for v in network.parameters() if v.requires_grad)
    total = sum(v.numel() for v in network.parameters())
    slot = config.slot_tokens * config.width * 4
    times, said = [], ''
    for _ in range(args.runs):
        began = time.perf_counter(), time.process_time()
        said = WORK[args.what](network)
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    wall_s, cpu_s = (min(column) for column in zip(*times, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f'{args.preset} {config.height}x{config.width_px}: {trained / 1e6:.1f} M parameters '
        f'trained of {total / 1e6:.1f} M; slot {slot / 1e6:.1f} MB; {args.what} '
        f'{wall_s:.2f} s, {cpu_s:.2f} s of CPU time (best of {args.runs}, '
        f'{torch.get_num_threads()} threads, float32); peak memory of the process '
        f'{peak:.1f} GiB{said}'
    )


def step(network: Time2General) -> str:
    """Run one step."""
    with torch.inference_mode():
        network.step(*step_inputs(network))
    return ''


def backward(network: Time2General) -> str:
    """Run a clip of two frames forward and backward; the backbone must get no gradient."""
    images = torch.randn(1, FRAMES, 3, network.config.height, network.config.width_px)
    answers = network.clip(images, torch.arange(FRAMES)[None] * 0.1)
    torch.stack([answer.scores for answer in answers]).log().mean().backward()
    learned = [name for name, p in network.named_parameters() if p.grad is not None]
    if any('.vit.' in name for name in learned):
        raise SystemExit('the backbone got a gradient')
    network.zero_grad(set_to_none=True)
    return f'; {FRAMES} frames, gradients in {len(learned)} tensors, none in the backbone'


def agree(network: Time2General) -> str:
    """Compare a clip with its steps."""
    config = network.config
    images = torch.randn(1, FRAMES, 3, config.height, config.width_px)
    stamps = torch.arange(FRAMES)[None] * 0.1
    with torch.inference_mode():
        clip = network.clip(images, stamps)
        memory = torch.stack([answer.slot for answer in clip], dim=1)
        first = FRAMES - 1
        again = network.step(
            images[:, first],
            memory[:, :first],
            stamps[:, first:] - stamps[:, :first],
            torch.ones(1, first),
        )
    apart = (again.confidence - clip[first].scores.amax(dim=3)).abs().max()
    return f'; clip and step differ by {apart:.1e}'


def export(network: Time2General) -> str:
    """Write the graph of a step."""
    with TemporaryDirectory() as place:
        path = Path(place) / 'model.onnx'
        export_onnx(network, path)
        return f'; {path.stat().st_size / 1e6:.0f} MB of ONNX'


WORK = {'step': step, 'backward': backward, 'agree': agree, 'export': export}


def _save_random(backbone: str, folder: Path) -> None:
    import transformers

    width, layers, heads = SIZES[backbone]
    config = transformers.Dinov2Config(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        image_size=518,
        patch_size=14,
    )
    transformers.Dinov2Model(config).save_pretrained(folder)


if __name__ == '__main__':
    main()
