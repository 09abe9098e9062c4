"""Shape of a network: everything that is needed to build it, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
import reprlib
from typing import Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.field_values import KINDS, FieldReader, field_types
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import find_label_set, short_form
from time2general_ros.labels.label_set import LabelSet, LabelSetError
from time2general_ros.model.presets import PRESETS

ADAPTERS = ('taps', 'every', 'none')
POSITIVE = {'width', 'heads', 'queries_per_class', 'slots', 'descriptor'}
# Far beyond any network: what is larger would only exhaust the memory.
LARGEST = 1 << 16
# Parts of a stride-4 cell that have a class each: upper left and right, lower left and right.
QUARTERS = 4


class ConfigError(Time2GeneralError):
    """A model configuration has a value that cannot be built."""


@dataclass(frozen=True)
class ModelConfig:
    """
    Sizes of one network.

    :param label_set: The classes that it tells apart.
    :param width: Token width D of pixel path, queries and memory.
    :param queries_per_class: K; query q always stands for class ``q // K``.
    :param context_queries: Queries that belong to no class and only carry context.
    :param slots: M, the number of earlier frames that are remembered.
    :param ages: Tell the network how old slots are; False is for comparison.
    :param descriptor: Channels at stride 8 by which content is found again in the newest slot;
        texture: at stride 4, by which its motion is refined.
    :param encoder_widths: Channels of the stem and at strides 4, 8 and 16 of the convolutional
        encoder, encoder_depths: its blocks at these strides. With a backbone it is the path beside
        it that keeps edges sharp; a last depth of 0 ends it at stride 8.
    :param context: Add what EfficientNet-Lite0 sees of the image at half its size, see
        :class:`~time2general_ros.model.context_path.ContextPath`.
    :param separable: Convolutions look around within each channel and then across channels.
    :param fine_stability: Let a stability block modulate the stride-8 map itself, not only what is
        pooled from it.
    :param backbone: Folder or hub id of a frozen vision transformer; '' for none.
    :param taps: Numbers of the layers of the backbone, from 1, whose tokens are used.
    :param adapters: Where stability blocks stand: at the 'taps', after 'every' layer, or nowhere,
        for comparison.
    :param tuned_layers: How many of the last layers of the backbone learn too, and are part of the
        weights.
    :param depth_encoder: Folder or hub id of a frozen depth network, whose features the stability
        blocks read beside those of the backbone; '' for none.
    :param anchors: File of text embeddings of the classes, see :mod:`.text_anchors`; '' for none.
    :param anchor_width: Width of these embeddings.
    :param ahead: How many later frames an answer waits for: 0, causal, or those of the paper.
    """

    preset: str = 'compact'
    height: int = 384
    width_px: int = 512
    label_set: LabelSet = field(default_factory=street_labels)
    width: int = 128
    heads: int = 1
    queries_per_class: int = 1
    context_queries: int = 12
    query_layers: int = 1
    slots: int = 4
    ages: bool = True
    descriptor: int = 32
    texture: int = 8
    mask_width: int = 32
    encoder_widths: tuple[int, int, int, int] = (16, 32, 64, 128)
    encoder_depths: tuple[int, int, int] = (1, 3, 5)
    separable: bool = True
    context: bool = False
    fine_stability: bool = False
    backbone: str = ''
    taps: tuple[int, ...] = ()
    adapters: str = 'taps'
    tuned_layers: int = 0
    depth_encoder: str = ''
    anchors: str = ''
    anchor_width: int = 512
    ahead: int = 0

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be built, naming the value."""
        for name, value in (('height', self.height), ('width_px', self.width_px)):
            if value <= 0 or value % 64:
                raise ConfigError(
                    f'{name} is {value}; the network needs a positive multiple of 64 '
                    f'(memory is pooled to stride 64)'
                )
        if self.width % self.heads:
            raise ConfigError(f'width {self.width} is not divisible by heads {self.heads}')
        if 64 * self.descriptor % self.width:
            raise ConfigError(
                f'width {self.width} does not divide 64 * descriptor ({self.descriptor}); '
                'stride-8 maps have to fill whole tokens'
            )
        if any(256 * wide % self.width for wide in self.fine_widths):
            raise ConfigError(
                f'width {self.width} does not divide 256 times each of {self.fine_widths}, the '
                f'channels of texture, {self.classes} classes + 1 and decision; stride-4 '
                'maps have to fill whole tokens'
            )
        self._check_backbone()

    def _check_backbone(self) -> None:
        if self.adapters not in ADAPTERS:
            raise ConfigError(f'adapters is {self.adapters!r}; known are {list(ADAPTERS)}')
        if self.backbone and (not self.taps or list(self.taps) != sorted({*self.taps})):
            raise ConfigError(f'taps is {self.taps}; a backbone needs ascending layer numbers')
        if self.ahead and self.slots != 2 * self.ahead:
            raise ConfigError(
                f'slots is {self.slots} with ahead {self.ahead}; as many frames are read before '
                f'as after, make it {2 * self.ahead}'
            )
        if self.ahead and self.encoder_depths[2]:
            raise ConfigError(
                f'encoder_depths is {self.encoder_depths} with ahead {self.ahead}; its path ends '
                'at stride 8, make the last one 0'
            )
        if self.tuned_layers and not self.backbone:
            raise ConfigError(
                f'tuned_layers is {self.tuned_layers} without a backbone; name one or leave it out'
            )
        if not self.backbone and (self.taps or self.depth_encoder or self.ahead):
            raise ConfigError(
                f'taps {self.taps}, depth_encoder {self.depth_encoder!r} and ahead {self.ahead} '
                'need a backbone; name one or leave them out'
            )

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.label_set)

    @property
    def queries(self) -> int:
        """Q, the number of stability queries."""
        return self.classes * self.queries_per_class + self.context_queries

    @property
    def fine_widths(self) -> tuple[int, int, int]:
        """Channels of the stride-4 maps of a slot: texture, belief and decision."""
        return self.texture, self.classes + 1, QUARTERS

    @property
    def slot_tokens(self) -> int:
        """P, the number of tokens of one memory slot."""
        return self.tokens_at(self.height, self.width_px)

    def tokens_at(self, height: int, width_px: int) -> int:
        """Return the number of tokens of a slot for images of another size."""
        if self.ahead:
            return len(self.taps) * (height // 16) * (width_px // 16)
        pooled = (height // 64) * (width_px // 64)
        descriptor = 64 * self.descriptor // self.width
        fine = 256 * sum(self.fine_widths) // self.width
        return pooled * (1 + descriptor + fine) + self.queries

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON card."""
        sets = {'label_set': short_form(self.label_set), 'classes': self.classes}
        return {**asdict(self), **sets}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """
        Read the values of a JSON card or a recipe; what they leave out is that of the preset.

        ``label_set`` is the name of a shipped set, a file, or the content of one; ``classes``, if
        it is there, must be the number of its classes.

        :raises ConfigError: if a key or the preset is unknown, or a value is of another kind.
        """
        if values.get('tuned') is False:
            # Of cards from before tuned_layers.
            values = {key: value for key, value in values.items() if key != 'tuned'}
        types = field_types(cls)
        known = {*types, 'classes'}
        if unknown := sorted(set(values) - known):
            raise ConfigError(f'unknown model settings {unknown}; known are {sorted(known)}')
        reader = FieldReader(ConfigError)
        plain = {
            name: reader.value(types[name], value, name)
            for name, value in values.items()
            if name not in ('label_set', 'classes')
        }
        for name, value in plain.items():
            _check_size(name, value)
        preset = values.get('preset', cls.preset)
        if preset not in PRESETS:
            raise ConfigError(f'unknown preset {preset!r}; known are {sorted(PRESETS)}')
        labels = _label_set(values)
        return cls(**{**PRESETS[preset], **plain, 'label_set': labels})


def _label_set(values: dict[str, Any]) -> LabelSet:
    try:
        labels = street_labels()
        if 'label_set' in values:
            labels = find_label_set(values['label_set'], 'label_set')
    except LabelSetError as error:
        raise ConfigError(str(error)) from error
    count = values.get('classes', len(labels))
    if type(count) is not int:
        raise ConfigError(f'classes is {reprlib.repr(count)}, not {KINDS[int]}')
    if count != len(labels):
        raise ConfigError(
            f'classes is {count}, but the label set {labels.name} has {len(labels)}; give the set '
            'of your classes as label_set (a name, a file, or the classes themselves) and leave '
            'classes out'
        )
    return labels


def _check_size(name: str, value: Any) -> None:
    """Refuse numbers that are out of all proportion."""
    numbers = value if isinstance(value, tuple) else (value,)
    least = 1 if name in POSITIVE else 0
    if not all(least <= number <= LARGEST for number in numbers if type(number) is int):
        raise ConfigError(
            f'{name} is {reprlib.repr(value)}; it must lie between {least} and {LARGEST}'
        )
