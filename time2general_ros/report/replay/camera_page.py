"""What the page shows of one camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.page import hexadecimal
from time2general_ros.report.replay.classes import (
    churn_plot,
    class_plot,
    confusion_plot,
    pairs_of,
    shares_of,
)
from time2general_ros.report.replay.curves import curve, events
from time2general_ros.report.replay.figures import figure_table, first_figures, rule_of
from time2general_ros.report.replay.film import Film
from time2general_ros.report.replay.health import health_facts
from time2general_ros.report.replay.moments import worst_moments
from time2general_ros.report.replay.playing import play_command
from time2general_ros.report.replay.strips import make_strip
from time2general_ros.report.replay.times import latency_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from time2general_ros.report.page import Plot
    from time2general_ros.report.replay.rows import CameraRows, Details
    from time2general_ros.report.replay.strips import Look, Strip

# Of a page with one camera; more cameras share them.
STILLS, MOMENTS, FILM_BYTES = 300, 6, 8_000_000
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
    """Collects the pictures of a camera, and tells which it needs."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        count = max(1, MOMENTS // (1 + subject.of // 4))
        self._moments = worst_moments(subject.rows, subject.worst_by, count)
        self._places = {moment: moment.strip(subject.rows) for moment in self._moments}
        self._held: dict[int, Look] = {}
        self.strips: dict[int, Strip] = {}
        colours = np.zeros((256, 3), np.uint8)
        listed = subject.topic['scored']['colours']
        colours[: len(listed)] = listed
        self._colours = colours
        # Whoever follows a moment finds all frames of its strip.
        shown = {place for places in self._places.values() for place in places}
        self._film = Film(colours, shown, FILM_BYTES // subject.of)
        segmented = subject.rows.segmented
        step = max(1, -(-len(segmented) * subject.of // STILLS))
        self.step = step
        self.wanted = frozenset({*shown, *segmented[::step]})
        # Masks of these are asked for without memory too.
        self.alone = frozenset(shown)

    def add(self, look: Look) -> None:
        """Take the next of the frames that are wanted, in their order."""
        self._film.add(look.place, look.image, look.mask)
        if look.place not in self.alone:
            return
        self._held[look.place] = look
        for number, (moment, places) in enumerate(self._places.items(), 1):
            if look.place == places[-1]:
                looks = [self._held[place] for place in places]
                self.strips[number] = make_strip(moment, looks, self._colours)
                self._held = {}

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
            moments = self._moments if column == subject.worst_by else ()
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
            'has_alone': any(column.alone for s in self.strips.values() for column in s.columns),
            'moments': [
                self._moment(n, strip, details) for n, strip in sorted(self.strips.items())
            ],
            'frames': self._frames(details),
            'frames_all': len(subject.rows.segmented),
            'classes': [
                (name, hexadecimal(colour))
                for name, colour in zip(
                    subject.classes, subject.topic['scored']['colours'], strict=True
                )
            ],
        }

    def _moment(self, number: int, strip: Strip, details: Details) -> dict[str, Any]:
        rows = self.subject.rows
        place = strip.moment.place
        offset_s = float(rows.offset_s[place])
        return {
            'number': number,
            'frame': int(rows.frame[place]),
            'time': f'{offset_s:.3f}',
            'stamp': details[place]['stamp_ns'],
            'name': details[place]['name'],
            'value': strip.moment.value,
            'followed': details[place]['flow_pixels'],
            'changed': details[place]['flow_changed'],
            'pairs': pairs_of(details[place], self.subject.classes, 3),
            'command': play_command(self.subject.source, offset_s),
            'columns': [
                {
                    'frame': int(rows.frame[column.place]),
                    'time': f'{rows.offset_s[column.place]:.3f}',
                    'is_worst': column.place == place,
                    'pictures': column,
                    'shares': shares_of(details[column.place], self.subject.classes),
                }
                for column in strip.columns
            ],
        }

    def _frames(self, details: Details) -> list[dict[str, Any]]:
        rows = self.subject.rows
        values = rows.figures[self.subject.worst_by]
        return [
            {
                'frame': int(rows.frame[still.place]),
                'time': round(float(rows.offset_s[still.place]), 3),
                'flicker': None
                if np.isnan(values[still.place])
                else round(float(values[still.place]), 2),
                'shares': shares_of(details[still.place], self.subject.classes),
                'image': still.image,
                'mask': still.mask,
            }
            for still in self._film.stills
        ]
