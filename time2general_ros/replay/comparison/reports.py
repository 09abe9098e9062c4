"""A comparison for continuous integration: JUnit XML, and a table as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from time2general_ros.replay.comparison.limits import read_limit
from time2general_ros.replay.evidence.metrics import metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.difference import Difference

    Judged = Sequence[Mapping[str, str]]

_NAME = 'time2general compare'
# Verdicts that fail nothing, and what is said of them.
_SKIPPED = {'undecided': 'too little to tell', 'warned': 'passed, but fails no run'}


def junit(comparisons: Sequence[Comparison], judged: Judged) -> bytes:
    """
    Write limits as test cases: one that was passed failed, others are told to be skipped.

    :param judged: For each comparison the limits by their text, and what became of them.
    """
    root = ElementTree.Element('testsuites', name=_NAME)
    for compared, limits in zip(comparisons, judged, strict=True):
        verdicts = [*limits.values()]
        suite = ElementTree.SubElement(
            root,
            'testsuite',
            name=f'{compared.b.text} against {compared.a.text}',
            tests=str(len(limits)),
            failures=str(verdicts.count('passed')),
            skipped=str(sum(verdict in _SKIPPED for verdict in verdicts)),
        )
        for text, verdict in limits.items():
            case = ElementTree.SubElement(suite, 'testcase', classname=_NAME, name=text)
            limit = read_limit(text)
            told = _told(limit.figures(compared)[limit.name])
            if verdict == 'passed':
                ElementTree.SubElement(case, 'failure', message=told)
            elif verdict in _SKIPPED:
                why = _SKIPPED[verdict]
                ElementTree.SubElement(case, 'skipped', message=f'{why}: {told}')
    written: bytes = ElementTree.tostring(root, 'utf-8', xml_declaration=True)
    return written


def markdown(comparisons: Sequence[Comparison], judged: Judged) -> bytes:
    """Write figures and limits as tables, some kilobytes long however much was compared."""
    lines = []
    for compared, limits in zip(comparisons, judged, strict=True):
        lines += [f'### {_plain(compared.b.text)} against {_plain(compared.a.text)}', '']
        lines += [f'- {_plain(text)}: **{verdict}**' for text, verdict in limits.items()]
        lines += ['', '| figure, % | A | B | B - A | 95 % interval | verdict |']
        lines += ['|---|---:|---:|---:|---:|---|']
        lines += [
            f'| {_plain(metric(name).heading)} | {_number(one.a)} | {_number(one.b)} | '
            f'{_number(one.difference, "+.2f")} | {_ends(one)} | {one.verdict} |'
            for name, one in compared.whole.metrics.items()
            if one.a is not None or one.b is not None
        ]
        lines += ['', *(f'- {_plain(line)}' for line in compared.warnings), '']
    return '\n'.join(lines).encode()


def _told(one: Difference) -> str:
    return (
        f'A {_number(one.a)} %, B {_number(one.b)} %, B - A {_number(one.difference, "+.2f")} '
        f'points, 95 % interval {_ends(one)}'
    )


def _ends(one: Difference) -> str:
    return 'n/a' if one.interval is None else '{:+.2f} to {:+.2f}'.format(*one.interval)


def _number(value: float | None, form: str = '.2f') -> str:
    return 'n/a' if value is None else format(value, form)


def _plain(text: str) -> str:
    """Keep names from becoming a part of the table or of a page."""
    for sign in '\\|<>*_`[':
        text = text.replace(sign, f'\\{sign}')
    return text.replace('\n', ' ')
