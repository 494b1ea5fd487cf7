"""Recordings made for tests, small and real, and things that only look like recordings."""

import math
from array import array
from pathlib import Path

import av

RATE = 48_000


def _sound(container, stream, seconds: float) -> None:
    whole = int(seconds * RATE)
    size = stream.codec_context.frame_size or 960
    resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE, frame_size=size)
    for start in range(0, whole, 960):
        part = array("h", (int(9000 * math.sin(2 * math.pi * 220 * number / RATE)) for number in range(start, min(start + 960, whole))))
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
        frame.sample_rate, frame.pts = RATE, start
        frame.planes[0].update(part.tobytes())
        for fitting in resampler.resample(frame):
            container.mux(stream.encode(fitting))
    for fitting in resampler.resample(None):
        container.mux(stream.encode(fitting))
    container.mux(stream.encode(None))


def _picture(container, stream, seconds: float) -> None:
    for number in range(max(int(seconds * 5), 1)):
        image = av.VideoFrame(stream.width, stream.height, "yuv420p")
        image.pts = number
        for plane, value in zip(image.planes, (40 + number, 120, 130), strict=True):
            plane.update(bytes([value]) * (plane.line_size * plane.height))
        container.mux(stream.encode(image))
    container.mux(stream.encode(None))


def make(
    path: Path,
    *,
    sound: str = "",
    picture: str = "",
    seconds: float = 2,
    size: tuple[int, int] = (64, 48),
    container: str | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a recording with the codecs named; its container by the ending of the name unless one is given."""
    with av.open(str(path), "w", format=container, options=options or {}) as written:
        tone = written.add_stream(sound, rate=RATE) if sound else None
        if tone:
            tone.layout = "mono"
        film = written.add_stream(picture, rate=5) if picture else None
        if film:
            film.width, film.height, film.pix_fmt = *size, "yuv420p"
        if tone:
            _sound(written, tone, seconds)
        if film:
            _picture(written, film, seconds)
    return path


def make_good(folder: Path) -> dict[str, Path]:
    """One recording of each kind that people send."""
    return {
        "m4a": make(folder / "good.m4a", sound="aac", container="mp4"),
        "wav": make(folder / "good.wav", sound="pcm_s16le"),
        "ogg": make(folder / "good.ogg", sound="libopus"),
        "webm": make(folder / "good.webm", sound="libopus"),
        "mp3": make(folder / "good.mp3", sound="libmp3lame"),
        "flac": make(folder / "good.flac", sound="flac"),
        "mp4": make(folder / "good.mp4", sound="aac", picture="libx264"),
        "film.webm": make(folder / "film.webm", sound="libopus", picture="libvpx"),
    }
