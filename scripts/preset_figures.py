"""Time and memory of `step` for a preset at full size, on the CPU, with random weights."""

from __future__ import annotations

import argparse
from pathlib import Path
import resource
from tempfile import TemporaryDirectory
import time

import torch

from time2general_ros.export.graph import step_inputs
from time2general_ros.model.build import build_model
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.presets import PRESETS

# Width, layers and heads of the published backbones.
SIZES = {
    'facebook/dinov2-small': (384, 12, 6),
    'facebook/dinov2-base': (768, 12, 12),
    'facebook/dinov2-large': (1024, 24, 16),
}


def main() -> None:
    """Build the preset around a backbone of random weights, run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('preset', choices=[name for name in PRESETS if name != 'compact'])
    parser.add_argument('--size', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--runs', type=int, default=3)
    args = parser.parse_args()
    values = {'preset': args.preset, **PRESETS[args.preset]}
    if args.size:
        values['height'], values['width_px'] = args.size
    with TemporaryDirectory() as place:
        _save_random(values['backbone'], Path(place))
        config = ModelConfig.from_dict({**values, 'backbone': place})
        network = build_model(config).eval().requires_grad_(requires_grad=False)
    trained = sum(v.numel() for k, v in network.named_parameters() if '.vit.' not in k)
    total = sum(v.numel() for v in network.parameters())
    inputs = step_inputs(network)
    times = []
    for _ in range(1 + args.runs):
        began = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            network.step(*inputs)
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    wall_s, cpu_s = (min(column) for column in zip(*times[1:], strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f'{args.preset} {config.height}x{config.width_px}: {trained / 1e6:.1f} M parameters '
        f'trained of {total / 1e6:.1f} M; slot {inputs[1][0, 0].numel() * 4 / 1e6:.1f} MB; '
        f'step {wall_s:.2f} s, {cpu_s:.2f} s of CPU time (best of {args.runs}, '
        f'{torch.get_num_threads()} threads, float32); peak memory of the process {peak:.1f} GiB'
    )


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
