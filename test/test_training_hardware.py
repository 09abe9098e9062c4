"""Networks learn and answer in bfloat16 only where the machine has it."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_model import tiny_network
import torch

from time2general_ros.training import hardware
from time2general_ros.training.errors import TrainingError
from time2general_ros.training.hardware import Hardware, has_bf16, open_fabric
from time2general_ros.training.teachers import teacher
from time2general_ros.training.teachers.teacher import VIEWS, Teacher


@pytest.mark.parametrize(('has', 'expected'), [(True, 'bf16-mixed'), (False, '32-true')])
def test_training_takes_the_numbers_of_the_machine(monkeypatch, has, expected):
    monkeypatch.setattr(hardware, 'has_bf16', lambda device: has)
    assert open_fabric(Hardware())._precision.precision == expected


@pytest.mark.parametrize(
    ('gpus', 'wanted', 'told'),
    [
        (0, Hardware('cuda'), 'sees no GPU for --accelerator cuda; leave it out'),
        (1, Hardware('cuda', devices=2), '2 processes .* sees 1; start 1 at most'),
        (1, Hardware('auto', devices=2), '2 processes .* sees 1; start 1 at most'),
    ],
)
def test_a_gpu_that_is_not_there_is_told(monkeypatch, gpus, wanted, told):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    with pytest.raises(TrainingError, match=told):
        open_fabric(wanted)


def test_a_precision_that_is_named_is_taken(monkeypatch):
    monkeypatch.setattr(hardware, 'has_bf16', lambda device: True)
    assert open_fabric(Hardware(precision='32-true'))._precision.precision == '32-true'


@pytest.mark.parametrize('has', [True, False])
def test_a_teacher_takes_the_numbers_of_the_machine(monkeypatch, has):
    network = tiny_network()
    seen = []
    monkeypatch.setattr(teacher, 'has_bf16', lambda device: has)
    encode = network.encode

    def noted(image):
        seen.append(torch.is_autocast_enabled('cpu'))
        return encode(image)

    monkeypatch.setattr(network, 'encode', noted)
    Teacher(network).look(np.zeros((48, 64, 3), np.uint8), VIEWS[0])
    assert seen == [has]


def test_a_cpu_without_the_instructions_has_no_bf16(monkeypatch):
    flag = '_is_mkldnn_bf16_supported'
    monkeypatch.setattr(torch.ops.mkldnn, flag, lambda: False)
    assert not has_bf16('cpu')
