"""A training recipe: all that decides which weights come out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from time2general_ros.data.clips import STRIDES
from time2general_ros.data.geometry import ASPECTS, LABEL_STRIDE, SCALES
from time2general_ros.data.voted import VotedFolder
from time2general_ros.errors import Time2GeneralError
from time2general_ros.training.objective.losses import LossWeights

WEIGHTS_SUFFIX = '.safetensors'


class RecipeError(Time2GeneralError):
    """A recipe cannot be read or names something that does not exist."""


@dataclass(frozen=True)
class Sources:
    """
    Shares of the kinds of takes in a stage; 0 leaves a kind out.

    :param footage: Of the recipe's videos without labels.
    :param data: Shares of the recipe's own data sets by their names; voted: of its voted folders.
    """

    camvid: float = 0.0
    videos: float = 0.0
    synthetic: float = 0.0
    footage: float = 0.0
    data: dict[str, float] = field(default_factory=dict)
    voted: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSource:
    """
    A data set to learn from.

    :param spec: ``KIND:WHERE``, as for ``--data`` on the command line.
    :param split: Which part of it.
    :param unlabelled: Keep sparsely labelled videos whole, see :func:`takes_of`.
    :param map: File that says what its classes are in the network, where neither their names nor
        their groups do; see :func:`~time2general_ros.labels.relations.read_class_map`.
    """

    spec: str
    split: str = 'train'
    unlabelled: bool = False
    map: Path | None = None


@dataclass(frozen=True)
class HeldOut:
    """
    Labelled drives that nothing is learned from, on which stages are looked at.

    :param data: Name of one of the recipe's data sets.
    :param frames: How many of its frames are looked at, evenly through its drives.
    :param checks: How often a stage is looked at; its best weights are what it ends with.
    :param patience: A stage ends after so many looks that find nothing better.
    """

    data: str
    frames: int = 60
    checks: int = 6
    patience: int = 3


@dataclass(frozen=True)
class Stage:
    """
    One leg of a schedule.

    :param frames: Length of clips; 1 trains on images, without memory.
    :param crop: Height and width of the training crop, multiples of 64.
    :param class_weights: Factors on the cross-entropy of classes by name, for thin and rare ones;
        1 for those not named.
    :param rare: Share of clips that are chosen for a rare class, see :class:`RareClasses`.
    :param drive_size: Height and width at which synthetic takes are rendered.
    :param evidence_noise: Disturbance of each frame's evidence, see :class:`MemoryDecoder`.
    :param losses: Weights of this stage, where they differ from the recipe's.
    :param motion_only: Learn the matching alone, see :func:`motion_objective`.
    :param encoder_only: Learn the encoder alone, from the network that is imitated.
    :param scales: Least and largest enlargement of what is cropped; aspects: of its aspect ratio.
    :param style: How far looks of cameras differ, see :func:`draw_style`.
    :param strides: Steps between the frames of a clip, in thirtieths of a second, to draw from.
    :param label_stride: Side in pixels of the cells whose class is learned: 4, or 2, as masks have
        them; the shape of masks, and what moves, are learned at 4.
    :param teacher: Let averaged weights name the class, for consistency, where no label is.
    :param freeze_norm: Keep the statistics of batch normalisation as they are.
    :param frozen: Parts that do not learn, by how the names of their parameters begin.
    :param only: The same, the other way round: nothing else learns; none for everything.
    :param backbone_rate: Learning rate of pretrained parts, as a share of that of the rest.
    :param minutes: It ends by then, done or not, and its learning rate falls in time for that; 0
        for no limit.
    :param watched: Look at the held-out drives meanwhile.
    """

    name: str
    steps: int
    batch: int
    frames: int
    sources: Sources
    crop: tuple[int, int] = (256, 384)
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    warm_up: int = 200
    freeze_norm: bool = False
    class_weights: dict[str, float] = field(default_factory=dict)
    rare: float = 0.0
    drive_size: tuple[int, int] = (480, 640)
    evidence_noise: float = 0.0
    losses: LossWeights | None = None
    label_stride: int = LABEL_STRIDE
    teacher: bool = False
    motion_only: bool = False
    encoder_only: bool = False
    scales: tuple[float, float] = SCALES
    aspects: tuple[float, float] = ASPECTS
    style: float = 1.0
    strides: tuple[int, ...] = STRIDES
    frozen: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    backbone_rate: float = 0.05
    minutes: float = 0.0
    watched: bool = False


@dataclass(frozen=True)
class Original:
    """
    A trained network to learn from.

    :param weights: Model folder; or a safetensors file, and as model the settings of
        :class:`ModelConfig` that it is for.
    """

    weights: Path
    model: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TeacherSource(Original):
    """
    A trained network whose answers take the place of votes; see :mod:`~.teachers.answers`.

    :param answers: Folder that keeps them; of: names of the voted folders, all if none is named.
    :param every: Which frames of videos are labelled: 0, every, 2 * every, ...
    """

    answers: Path = Path('out/train/answers')
    of: tuple[str, ...] = ()
    every: int = 10


@dataclass(frozen=True)
class Recipe:
    """
    Everything a run needs.

    :param model: Settings of :class:`ModelConfig` that differ from its defaults; see also
        :func:`~time2general_ros.training.classes.network_settings`.
    :param after: Recipes whose runs it reads from, by the folders of these runs; see
        :func:`~time2general_ros.training.chains.chain.read_chain`.
    :param start: Weights to start from instead of fresh ones: a safetensors file of the same
        network, or a model folder, which may have other classes; see :func:`start_from`.
    :param context_from: Folder of the EfficientNet-Lite0 that the context path begins as, see
        :func:`~time2general_ros.model.backbones.source.find_encoder`.
    :param imitate: A larger network to learn features and answers from; what fits of its weights
        is what fresh ones start as.
    :param teacher: A network that labels voted folders anew before the first stage.
    :param camvid: Folder with ``train/`` (images, labels, votes); videos: folder of voted videos.
    :param drives: Number of synthetic takes; drive_seed: the first one's seed.
    :param footage: Videos without labels: files, or folders of ``*.mp4``.
    :param data: Further data sets by names of one's own, which ``sources: {data: ...}`` refers to.
    :param voted: Folders with votes by names of one's own, which ``sources: {voted: ...}`` refers
        to.
    :param held_out: Drives that watched stages are looked at on.
    :param average: Stages at whose ends the weights are averaged into the final ones (model soup,
        Wortsman et al., 2022), and files of weights that other runs of the same network ended
        with (``*.safetensors``); by default the final ones are those of the last stage.
    :param about: What the model's card says besides: data, terms.
    """

    name: str
    stages: tuple[Stage, ...]
    seed: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    losses: LossWeights = field(default_factory=LossWeights)
    after: dict[str, Path] = field(default_factory=dict)
    start: Path | None = None
    context_from: str = ''
    imitate: Original | None = None
    teacher: TeacherSource | None = None
    camvid: Path | None = None
    videos: Path | None = None
    drives: int = 0
    drive_seed: int = 1000
    footage: tuple[Path, ...] = ()
    data: dict[str, DataSource] = field(default_factory=dict)
    voted: dict[str, VotedFolder] = field(default_factory=dict)
    held_out: HeldOut | None = None
    ema_decay: float = 0.999
    average: tuple[str, ...] = ()
    clip_norm: float = 2.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def minutes(self) -> float:
        """Limits of all stages together; 0 if one has none."""
        limits = [stage.minutes for stage in self.stages]
        return sum(limits) if all(limits) else 0.0

    def describe(self) -> dict[str, Any]:
        """Return the entries of a model card that follow from the recipe."""
        return {'name': self.name, 'seed': self.seed, 'steps': self.steps, **self.about}


def is_weights(name: str) -> bool:
    """Tell a file of weights from the name of a stage."""
    return name.endswith(WEIGHTS_SUFFIX)
