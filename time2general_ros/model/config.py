"""Shape of a network: everything that is needed to build it, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from time2general_ros.errors import Time2GeneralError


class ConfigError(Time2GeneralError):
    """A model configuration has a value that cannot be built."""


@dataclass(frozen=True)
class ModelConfig:
    """
    Sizes of one network.

    :param width: Token width D of pixel path, queries and memory.
    :param queries_per_class: K; query q always stands for class ``q // K``.
    :param context_queries: Queries that belong to no class and only carry context.
    :param slots: M, the number of earlier frames that are remembered.
    :param detail: Channels of the stride-8 state that is aligned from the newest slot, and of
        the descriptor by which it is aligned.
    """

    preset: str = 'compact'
    height: int = 384
    width_px: int = 512
    label_set: str = 'cityscapes19'
    classes: int = 19
    width: int = 128
    heads: int = 4
    queries_per_class: int = 2
    context_queries: int = 12
    query_layers: int = 2
    slots: int = 4
    detail: int = 32
    mask_width: int = 32
    encoder_widths: tuple[int, int, int, int] = (24, 32, 64, 128)
    encoder_depths: tuple[int, int, int] = (1, 2, 5)

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
        if 64 * self.detail % self.width:
            raise ConfigError(
                f'width {self.width} does not divide 64 * detail ({self.detail}); '
                'the stride-8 state has to fill whole tokens'
            )
        if 256 * (self.classes + 1) % self.width:
            raise ConfigError(
                f'width {self.width} does not divide 256 * (classes + 1) ({self.classes} classes)'
                '; the belief map has to fill whole tokens'
            )

    @property
    def queries(self) -> int:
        """Q, the number of stability queries."""
        return self.classes * self.queries_per_class + self.context_queries

    @property
    def slot_tokens(self) -> int:
        """P, the number of tokens of one memory slot."""
        return self.tokens_at(self.height, self.width_px)

    def tokens_at(self, height: int, width_px: int) -> int:
        """Return the number of tokens of a slot for images of another size."""
        pooled = (height // 64) * (width_px // 64)
        detail = 2 * 64 * self.detail // self.width
        belief = 256 * (self.classes + 1) // self.width
        return pooled * (1 + detail + belief) + self.queries

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """
        Read the values of a JSON card.

        :raises ConfigError: if a key is unknown.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ConfigError(f'unknown model settings {unknown}; known are {sorted(known)}')
        tuples: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**tuples)
