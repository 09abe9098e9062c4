"""The one way to make a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.model.clip_network import ClipNetwork
from time2general_ros.model.compact_network import CompactNetwork
from time2general_ros.model.text_anchors import load_anchors
from time2general_ros.model.vit_network import VitNetwork
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.model.config import ModelConfig
    from time2general_ros.model.network import Time2General


def build_model(
    config: ModelConfig, *, download: bool = False, with_anchors: bool = True
) -> Time2General:
    """
    Build a network with fresh weights around the frozen ones that its configuration names.

    :param download: Let the hub fetch frozen weights that are not on this machine.
    :param with_anchors: Read the file of text anchors; a checkpoint brings them with it.
    :raises ConfigError: if a frozen encoder or the anchors cannot be used.
    """
    network = _network(config, download)
    if network.anchors is not None and with_anchors:
        network.anchors.copy_(load_anchors(user_path(config.anchors), config))
    return network


def _network(config: ModelConfig, download: bool) -> Time2General:
    if not config.backbone:
        return CompactNetwork(config)
    kind = ClipNetwork if config.ahead else VitNetwork
    return kind(config, download=download)
