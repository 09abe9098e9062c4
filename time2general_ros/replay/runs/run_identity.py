"""What the results of a run depend on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.evaluation.correspondence import FLOW
from time2general_ros.labels.files import short_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from time2general_ros.replay.sources.source import Source
    from time2general_ros.streaming.engines.engine import Engine

# What does not change results: where things lie, and what they run on beside engine and precision.
_IRRELEVANT = ('path', 'device')


def facts_of(
    settings: Mapping[str, Any],
    model: Mapping[str, Any],
    sources: Iterable[tuple[str, Sequence[str], str]],
) -> dict[str, Any]:
    """
    Collect what two runs that are one have in common, as it is when it was read from a file.

    :param sources: Name, topics and fingerprint of each.
    """
    facts = {
        'settings': settings,
        'model': {key: value for key, value in model.items() if key not in _IRRELEVANT},
        'sources': [
            {'name': name, 'topics': [*topics], 'fingerprint': fingerprint}
            for name, topics, fingerprint in sources
        ],
    }
    written: dict[str, Any] = json.loads(json.dumps(facts))
    return written


def model_facts(engine: Engine) -> dict[str, Any]:
    """Describe the model and what runs it, as ``model`` in docs/replay.md."""
    folder = engine.model
    return {
        'name': folder.name,
        'path': str(folder.path),
        'card': folder.card,
        'checksums': folder.card['files'],
        'label_set': short_form(folder.labels),
        'engine': engine.name,
        'precision': engine.precision,
        'device': engine.device,
        'input_size': list(folder.input_size),
    }


class RunIdentity:
    """
    Settings, model and sources of a run.

    :attr:`facts` decides whether two runs are one.

    :param settings: Options that change results; JSON values.
    :param model: As in ``results.json``.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        model: Mapping[str, Any],
        sources: Sequence[Source],
    ) -> None:
        self.settings = {**settings, 'flow_method': FLOW}
        self.model = dict(model)
        self.fingerprints = [source.fingerprint() for source in sources]
        named = [
            (source.name, source.topics, fingerprint)
            for source, fingerprint in zip(sources, self.fingerprints, strict=True)
        ]
        self.facts = facts_of(self.settings, model, named)

    @property
    def run_id(self) -> str:
        """Sixteen digits of the SHA-256 of all facts."""
        text = json.dumps(self.facts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def differs_by(self, other: Mapping[str, Any]) -> str:
        """Name what another run differs in, as ``other model``."""
        parts = [key for key in self.facts if self.facts[key] != other.get(key)]
        return ', '.join(f'other {part}' for part in parts) or 'another version'
