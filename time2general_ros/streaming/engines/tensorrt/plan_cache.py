"""Built plans on disk, each with the facts that it depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path

from time2general_ros.streaming.engines.user_cache import keep, user_cache

SUFFIX = '.plan'


@dataclass(frozen=True)
class PlanKey:
    """
    All that a plan depends on; it runs nowhere else.

    :param onnx_sha256: Of the graph it is built from; version: of this package, which may cast
        the graph before; shapes: of the graph's inputs, in words.
    :param compute_capability: Such as 8.7.
    """

    onnx_sha256: str
    precision: str
    shapes: str
    tensorrt: str
    gpu: str
    compute_capability: str
    version: str

    @property
    def file_name(self) -> str:
        """Name of the file of the plan."""
        facts = json.dumps(asdict(self), sort_keys=True)
        return f'{hashlib.sha256(facts.encode()).hexdigest()[:32]}{SUFFIX}'


class PlanCache:
    """
    A folder of plans.

    Each file starts with a line of JSON, its key and the checksum of the plan that follows.

    :param folder: None means ``time2general/tensorrt`` in the user's cache; a user without a home
        has none, and nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or user_cache('tensorrt')

    def path(self, key: PlanKey) -> Path | None:
        """Tell where the plan of a key lies, or would; None if there is no folder."""
        return self.folder / key.file_name if self.folder else None

    def load(self, key: PlanKey) -> bytes | None:
        """
        Return the plan of a key, None if there is none.

        :raises ValueError: if the file is not whole, or is of another key.
        """
        path = self.path(key)
        if path is None:
            return None
        try:
            head, separator, plan = path.read_bytes().partition(b'\n')
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ValueError(f'it cannot be read: {error.strerror}') from error
        if not separator or head != _head(key, plan):
            raise ValueError('it is damaged or was made for something else')
        return plan

    def store(self, key: PlanKey, plan: bytes) -> Path:
        """
        Keep a plan; whoever reads meanwhile sees the old file or the new one.

        :raises OSError: if there is no folder or it cannot be written.
        """
        return keep(self.folder, key.file_name, (_head(key, plan), b'\n', plan))


def _head(key: PlanKey, plan: bytes) -> bytes:
    facts = {**asdict(key), 'plan_sha256': hashlib.sha256(plan).hexdigest()}
    return json.dumps(facts, sort_keys=True).encode()
