"""Weather and light, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from time2general_ros.synthetic.errors import SyntheticError

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Weather:
    """
    What a weather does to a scene. The defaults are a fair day.

    :param overcast: Whether clouds take the sun away.
    :param low_sun: Whether the sun is near the horizon.
    :param ambient: Colour of the light as a factor on day light.
    :param sky: Zenith, horizon and clouds; None to draw them by the seed.
    :param lamps: How strongly lamps, windows and the vehicle's own headlights show.
    :param extinction: Loss of contrast with distance, per metre.
    :param haze: Colour that distant things take on; None for that of the horizon.
    :param rain: Whether it rains.
    :param gain: Exposure, 1 being right.
    :param noise: Standard deviation of the sensor noise in grey levels.
    :param exposure_s: Time over which the picture is smeared.
    """

    overcast: bool = False
    low_sun: bool = False
    ambient: Rgb = (1.0, 1.0, 1.0)
    sky: tuple[Rgb, Rgb, Rgb] | None = None
    lamps: float = 0.0
    extinction: float = 0.0006
    haze: Rgb | None = None
    rain: bool = False
    gain: float = 1.0
    noise: float = 1.6
    exposure_s: float = 0.0


_TABLE = {
    'clear': Weather(),
    'dusk': Weather(
        low_sun=True,
        ambient=(0.66, 0.56, 0.54),
        sky=((96, 106, 150), (226, 182, 148), (170, 134, 134)),
        lamps=0.75,
        extinction=0.002,
        noise=3.0,
    ),
    'night': Weather(
        overcast=True,
        ambient=(0.2, 0.21, 0.26),
        sky=((7, 9, 18), (34, 30, 32), (22, 22, 28)),
        lamps=1.0,
        extinction=0.002,
        noise=5.0,
    ),
    'fog': Weather(
        overcast=True,
        ambient=(0.86, 0.88, 0.9),
        sky=((196, 200, 204), (196, 200, 204), (196, 200, 204)),
        extinction=0.028,
        haze=(196, 200, 204),
    ),
    'rain': Weather(
        overcast=True,
        ambient=(0.7, 0.73, 0.77),
        sky=((116, 122, 132), (164, 168, 174), (104, 110, 120)),
        lamps=0.3,
        extinction=0.007,
        rain=True,
        noise=2.5,
    ),
    'overexposure': Weather(gain=2.1),
    'noise': Weather(gain=0.75, noise=19.0),
    'motion_blur': Weather(exposure_s=0.045),
}

WEATHERS: tuple[str, ...] = tuple(_TABLE)


def find_weather(name: str) -> Weather:
    """
    Look a weather up.

    :raises SyntheticError: if there is none of that name; the message lists those that exist.
    """
    if name not in _TABLE:
        raise SyntheticError(f'unknown weather {name!r}; choose one of: {", ".join(WEATHERS)}')
    return _TABLE[name]
