"""Where a frozen encoder lies on this machine, and which one it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from time2general_ros.checksum import sha256
from time2general_ros.model.config import ConfigError
from time2general_ros.user_path import user_path

PLACE = 'TIME2GENERAL_BACKBONES'
FILES = ('*.json', '*.safetensors', '*.txt')


class BackboneError(ConfigError):
    """A frozen encoder is missing, cannot be used, or is not the one that was trained with."""


class Identity(NamedTuple):
    """
    Which encoder some weights belong to.

    :param name: Hub id, or the name of its folder; sha256: of its weights, in hexadecimal.
    """

    name: str
    sha256: str

    def to_tensor(self) -> Tensor:
        """Encode as uint8 [n], so that every kind of checkpoint carries it."""
        return torch.tensor(list(json.dumps(self._asdict()).encode()), dtype=torch.uint8)

    @classmethod
    def from_tensor(cls, stored: Tensor) -> Identity:
        """Decode what :meth:`to_tensor` made."""
        return cls(**json.loads(bytes(stored.tolist())))

    def __str__(self) -> str:
        return f'{self.name!r} (SHA-256 of its weights {self.sha256})'


def find_encoder(source: str, *, download: bool = False) -> Path:
    """
    Find the folder of an encoder.

    :param source: A folder; the name of one in the folder that the environment variable
        ``TIME2GENERAL_BACKBONES`` names; or the id of a model in the local cache of the hub.
    :param download: Let the hub fetch what is not in its cache. Nothing else uses the network.
    :raises BackboneError: if there is none; says how to get it.
    """
    place = os.environ.get(PLACE)
    inside = [Path(place, source), Path(place, Path(source).name)] if place else []
    for folder in (user_path(source), *inside):
        if folder.is_dir():
            return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(source, local_files_only=not download, allow_patterns=list(FILES))
        )
    except (OSError, ValueError) as error:
        why = str(error).partition('\n')[0]
        raise BackboneError(
            f'the encoder {source!r} is neither a folder, nor a name in the folder {PLACE} '
            f'({place or "not set"}), nor in the local cache of the hub ({why}); fetch it with '
            f'"hf download {source}" (without the hub "time2general backbone NAME --out DIR" gets '
            'dinov2-small and efficientnet-lite0), or name a folder with model.safetensors'
        ) from error


def identify(source: str, folder: Path) -> Identity:
    """
    Compute the identity of the encoder in a folder.

    The checksum is that of its weight files one after the other, in the order of their names:
    ``cat FOLDER/*.safetensors | sha256sum``.

    :raises BackboneError: if the folder holds no weights in the safetensors format.
    """
    files = sorted(folder.glob('*.safetensors'))
    if not files:
        raise BackboneError(
            f'{folder} holds no *.safetensors; other formats may run code when they are read, '
            'convert the weights with save_pretrained'
        )
    given = user_path(source)
    name = given.name if given.is_dir() else source
    return Identity(name, sha256(*files))
