"""What is no number, or out of all proportion, is a line and exit status 2 in every command."""

from __future__ import annotations

import pytest

from time2general_ros.cli.main import main
from time2general_ros.cli.options import numbers

COUNTS = ['0', '-1', '1.5', '', 'x', '1e3', '9' * 30, '9' * 9999, '²', 'nan', '0x10']
NUMBERS = ['0', '-1', '', 'x', 'nan', 'inf', '-inf', '1e300', '9' * 9999]
SIZES = ['0x0', '0x64', '64x0', '-64x64', '64', 'x', '64x', '64x64x64', '99999x1', '16384x16384']
SIZES += ['9' * 30 + 'x64', '9' * 9999, '1e3x64']
EVALUATE = ['evaluate', '--data', 'camvid:x']
BENCHMARK = ['benchmark', '--data', 'camvid:x', '--out', 'o']
REPLAY = ['replay', 'x.mcap', '--out', 'o.mcap']
SYNTHESIZE = ['synthesize', '--out', 'o.mcap']
EXPORT = ['export', 'm', '--engine', 'openvino', '--out', 'o']
LISTS = [f'1,{value}' for value in COUNTS]
SEVERITIES = ['fog:0', 'fog:6', 'fog:-1', 'fog:', 'fog', 'fog:x', 'fog:' + '9' * 9999, 'fog:²']
OPTIONS = [
    *(('bench', '--size', SIZES), ('bench', '--image', SIZES), ('bench', '--cameras', COUNTS)),
    *(('bench', option, COUNTS) for option in ('--threads', '--frames', '--repeats')),
    *((EVALUATE, '--strides', LISTS), (EVALUATE, '--threads', COUNTS)),
    *((EVALUATE, '--max-gap', NUMBERS), (EVALUATE, '--seed', COUNTS[1:])),
    *((EVALUATE, '--corruption', SEVERITIES), (EVALUATE, '--memory', ['ema:1', 'ema:-1'])),
    (EVALUATE, '--memory', ['ema:nan', 'ema:1e300', 'ema:x']),
    *((BENCHMARK, '--strides', LISTS), (BENCHMARK, '--seed', COUNTS[1:])),
    *((BENCHMARK, '--corruptions', SEVERITIES), (BENCHMARK, '--memory', ['on,ema:2'])),
    *((BENCHMARK, '--threads', COUNTS), (BENCHMARK, '--max-gap', NUMBERS)),
    *((REPLAY, '--threads', COUNTS), (REPLAY, '--max-gap', NUMBERS)),
    *((SYNTHESIZE, '--seconds', NUMBERS), (SYNTHESIZE, '--rate', NUMBERS)),
    *((SYNTHESIZE, '--size', [*SIZES, '31x64', '64x5000']), (SYNTHESIZE, '--jobs', COUNTS)),
    (SYNTHESIZE, '--seed', COUNTS[1:]),
    *((EXPORT, '--size', SIZES), (EXPORT, '--cameras', COUNTS), (EXPORT, '--memory-mb', NUMBERS)),
    (['train', 'r.yaml', '--out', 'o'], '--devices', COUNTS),
    ('demo', '--seconds', NUMBERS),
]


@pytest.mark.parametrize(
    ('command', 'option', 'values'),
    OPTIONS,
    ids=lambda value: value if isinstance(value, str) else value[0] if value else '',
)
def test_a_number_out_of_proportion_is_a_line_and_2(
    command: str | list[str],
    option: str,
    values: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [command] if isinstance(command, str) else command
    for value in values:
        with pytest.raises(SystemExit) as caught:
            main([*words, f'{option}={value}'])
        assert caught.value.code == 2, value
        told = [line for line in capsys.readouterr().err.splitlines() if 'error: ' in line]
        assert len(told) == 1
        assert option in told[0]
        assert len(told[0]) < 700 + 2 * len(value)


def test_what_is_in_proportion_is_taken() -> None:
    assert numbers.whole_number()('1000000') == 1_000_000
    assert numbers.seed('0') == 0
    assert numbers.seconds('0.05') == 0.05
    assert numbers.read_size('384x512') == (384, 512)
    assert numbers.read_size('1x16384') == (1, 16384)
