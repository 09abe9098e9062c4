"""What a run trains on: CPU, one GPU, or many processes under torchrun (Lightning Fabric)."""

from __future__ import annotations

from dataclasses import dataclass
import os
from typing import TYPE_CHECKING

import torch

from time2general_ros.machine import machine_line
from time2general_ros.training.errors import TrainingError

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Hardware:
    """
    Where to train.

    :param accelerator: ``auto``, ``cpu`` or ``cuda``.
    :param devices: Processes on this machine, a device each; torchrun's number if it started us.
    :param precision: As Fabric names it; none: bfloat16 where the device has it, else float32.
    """

    accelerator: str = 'cpu'
    devices: int = 1
    precision: str | None = None


def has_bf16(device: str) -> bool:
    """
    Tell whether a device multiplies in bfloat16 by itself.

    A CPU that does not is 60 times as slow in it as in float32: measured with AVX2, torch 2.13.

    :param device: ``cpu`` or ``cuda``.
    """
    if device == 'cuda':
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def check_hardware(hardware: Hardware) -> None:
    """
    See that there is what to train on.

    :raises TrainingError: if PyTorch sees no GPU, or fewer than devices are asked for.
    """
    devices = devices_here(hardware)
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if hardware.accelerator == 'cuda' and not gpus:
        raise TrainingError(
            f'PyTorch {torch.__version__} sees no GPU for --accelerator cuda; leave it out to '
            'train on the CPU, or install a driver and a build of PyTorch for it'
        )
    if hardware.accelerator != 'cpu' and 0 < gpus < devices:
        raise TrainingError(
            f'{devices} processes are to have a GPU each (--devices, or torchrun), but PyTorch '
            f'sees {gpus}; start {gpus} at most, or give --accelerator cpu'
        )


def devices_here(hardware: Hardware) -> int:
    """Return how many processes train on this machine: torchrun's number if it started us."""
    return int(os.environ.get('LOCAL_WORLD_SIZE', hardware.devices))


def open_fabric(hardware: Hardware) -> Fabric:
    """
    Start Fabric, and the other processes if there are to be any.

    :raises TrainingError: as :func:`check_hardware`.
    """
    check_hardware(hardware)
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy

    devices = devices_here(hardware)
    nodes = max(1, int(os.environ.get('WORLD_SIZE', devices)) // devices)
    # Stages of single images leave the memory's weights without a gradient.
    many = DDPStrategy(find_unused_parameters=True)
    on_gpu = hardware.accelerator != 'cpu' and torch.cuda.is_available()
    precision = hardware.precision
    if precision is None:
        precision = 'bf16-mixed' if has_bf16('cuda' if on_gpu else 'cpu') else '32-true'
    fabric = Fabric(
        accelerator=hardware.accelerator,
        devices=devices,
        num_nodes=nodes,
        strategy=many if devices * nodes > 1 else 'auto',
        precision=precision,
    )
    fabric.launch()
    return fabric


def hardware_line(fabric: Fabric) -> str:
    """Describe in one line what a run trains on."""
    if fabric.device.type != 'cuda':
        return machine_line()
    gpu = torch.cuda.get_device_name(fabric.device)
    return f'{fabric.world_size} x {gpu}; {machine_line()}'
