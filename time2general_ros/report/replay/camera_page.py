"""What the page shows of one camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.page import hexadecimal
from time2general_ros.report.replay.album import Album
from time2general_ros.report.replay.classes import (
    churn_plot,
    class_plot,
    confusion_plot,
    pairs_of,
    shares_of,
)
from time2general_ros.report.replay.curves import curve, events
from time2general_ros.report.replay.figures import figure_table, first_figures, rule_of
from time2general_ros.report.replay.health import health_facts
from time2general_ros.report.replay.moments import worst_moments
from time2general_ros.report.replay.playing import play_command, rerun_time
from time2general_ros.report.replay.times import latency_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from time2general_ros.report.page import Plot
    from time2general_ros.report.replay.rows import CameraRows, Details
    from time2general_ros.report.replay.strips import Look

# Of a page with one camera; more cameras share them, and the bytes of all pictures.
STILLS, MOMENTS, PICTURE_BYTES = 300, 6, 12_000_000
_FLOW, _LABELS = 'flow_flicker', 'flicker'


@dataclass(frozen=True)
class Subject:
    """
    A camera and what was found out about it.

    :param number: Of the camera on the page.
    :param of: Cameras on the page.
    :param source: Its source as ``results.json`` has it.
    :param topic: Its topic as ``results.json`` has it.
    :param modes: The rows of each memory mode, the main one first.
    """

    number: int
    of: int
    source: Mapping[str, Any]
    topic: Mapping[str, Any]
    modes: Mapping[str, CameraRows]

    @property
    def key(self) -> tuple[str, str]:
        """Names of the source and of the topic."""
        return self.source['name'], self.topic['topic']

    @property
    def rows(self) -> CameraRows:
        """The rows of the main memory mode."""
        return next(iter(self.modes.values()))

    @property
    def classes(self) -> Sequence[str]:
        """The classes of the figures."""
        names: Sequence[str] = self.topic['scored']['classes']
        return names

    @property
    def figures(self) -> dict[str, Mapping[str, Any]]:
        """The figures of each memory mode, the main one first."""
        main, *others = self.modes
        return {main: self.topic, **{mode: self.topic['other_memory'][mode] for mode in others}}

    @property
    def worst_by(self) -> str:
        """The figure by which moments are the worst."""
        has_flow = not np.isnan(self.rows.figures[_FLOW]).all()
        return _FLOW if has_flow or not self.topic['frames'] else _LABELS


class CameraPage:
    """
    Collects the pictures of a camera, and tells which it needs.

    :param budget: Bytes of its pictures.
    """

    def __init__(self, subject: Subject, budget: int) -> None:
        self.subject = subject
        count = max(1, MOMENTS // (1 + subject.of // 4))
        self._moments = dict(enumerate(worst_moments(subject.rows, subject.worst_by, count), 1))
        places = {number: moment.strip(subject.rows) for number, moment in self._moments.items()}
        colours = np.zeros((256, 3), np.uint8)
        listed = subject.topic['scored']['colours']
        colours[: len(listed)] = listed
        self._album = Album(places, colours, budget)
        segmented = subject.rows.segmented
        step = max(1, -(-len(segmented) * subject.of // STILLS))
        # Masks of these are asked for without memory too.
        self.alone = frozenset(chain(*places.values()))
        self.wanted = frozenset({*self.alone, *segmented[::step]})

    @property
    def size(self) -> int:
        """Bytes of the pictures."""
        return self._album.size

    def add(self, look: Look) -> None:
        """Take the next of the frames that are wanted, in their order."""
        self._album.add(look)

    def plots(self) -> Iterator[tuple[str, list[Plot]]]:
        """Give the plots by chapter."""
        subject = self.subject
        figures = subject.figures
        gaps = subject.topic['health']['gap_list']
        yield (
            'time',
            [*self._curves(), *([events(subject.rows, gaps)] if len(subject.rows) else [])],
        )
        classes = [class_plot(figures, subject.classes)]
        if subject.topic['flow_pairs']:
            classes.append(churn_plot(figures, subject.classes))
        if subject.topic['confusion']:
            classes.append(confusion_plot(subject.topic, subject.classes))
        yield 'classes', classes

    def _curves(self) -> Iterator[Plot]:
        subject = self.subject
        for column, name in ((_FLOW, 'Flow flicker'), (_LABELS, 'Flicker against labels')):
            if np.isnan(subject.rows.figures[column]).all():
                continue
            moments = [*self._moments.values()] if column == subject.worst_by else []
            rule = rule_of(column, subject.topic)
            yield curve(name, column, subject.modes, moments, subject.number, rule)

    def view(self, details: Details, machine: str) -> dict[str, Any]:
        """
        Give what the template shows.

        :param details: Of the frames that are wanted.
        :param machine: Where times were measured.
        """
        subject = self.subject
        latency = latency_plot(subject.rows.answer_ms, machine)
        return {
            'number': subject.number,
            'topic': subject.topic['topic'],
            'source': subject.source['name'],
            'note': subject.source['note'],
            'figures_known': not np.isnan(subject.rows.figures[subject.worst_by]).all(),
            'cards': first_figures(subject.figures),
            'figures': figure_table(subject.figures),
            'health': health_facts(subject.topic),
            'plots': dict(self.plots()),
            'times': [latency] if latency else [],
            'has_alone': any(
                column.alone for strip in self._album.strips.values() for column in strip.columns
            ),
            'moments': [self._moment(number, details) for number in self._moments],
            'shown': len(self._album.strips),
            'frames': self._frames(details),
            'frames_all': len(subject.rows.segmented),
            'classes': [
                (name, hexadecimal(colour))
                for name, colour in zip(
                    subject.classes, subject.topic['scored']['colours'], strict=True
                )
            ],
        }

    def _moment(self, number: int, details: Details) -> dict[str, Any]:
        rows = self.subject.rows
        strip = self._album.strips.get(number)
        place, value = self._moments[number].place, self._moments[number].value
        offset_s = float(rows.offset_s[place])
        return {
            'number': number,
            'frame': int(rows.frame[place]),
            'time': f'{offset_s:.3f}',
            'stamp': details[place]['stamp_ns'],
            'name': details[place]['name'],
            'value': value,
            'followed': details[place]['flow_pixels'],
            'changed': details[place]['flow_changed'],
            'pairs': pairs_of(details[place], self.subject.classes, 3),
            'command': play_command(self.subject.source, offset_s),
            'rerun_time': rerun_time(details[place]['log_time_ns']),
            'columns': [
                {
                    'frame': int(rows.frame[column.still.place]),
                    'time': f'{rows.offset_s[column.still.place]:.3f}',
                    'is_worst': column.still.place == place,
                    'pictures': column,
                    'shares': shares_of(details[column.still.place], self.subject.classes),
                }
                for column in (strip.columns if strip else ())
            ],
        }

    def _frames(self, details: Details) -> list[dict[str, Any]]:
        rows = self.subject.rows
        values = rows.figures[self.subject.worst_by]
        in_strips = {
            column.still for strip in self._album.strips.values() for column in strip.columns
        }
        return [
            {
                'frame': int(rows.frame[still.place]),
                'time': round(float(rows.offset_s[still.place]), 3),
                'flicker': None
                if np.isnan(values[still.place])
                else round(float(values[still.place]), 2),
                'shares': shares_of(details[still.place], self.subject.classes),
                # Those of strips stand there.
                'image': None if still in in_strips else still.image,
                'mask': None if still in in_strips else still.mask,
            }
            for still in self._album.stills
        ]
