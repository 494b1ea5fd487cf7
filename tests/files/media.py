"""Recordings made for tests, small and real, and things that only look like recordings."""

import math
from array import array
from pathlib import Path

import av

RATE = 48_000


def _sound(container, stream, seconds: float, loud: int) -> None:
    whole = int(seconds * RATE)
    size = stream.codec_context.frame_size or 960
    resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE, frame_size=size)
    for start in range(0, whole, 960):
        part = array("h", (int(loud * math.sin(2 * math.pi * 220 * number / RATE)) for number in range(start, min(start + 960, whole))))
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
        frame.sample_rate, frame.pts = RATE, start
        frame.planes[0].update(part.tobytes())
        for fitting in resampler.resample(frame):
            container.mux(stream.encode(fitting))
    for fitting in resampler.resample(None):
        container.mux(stream.encode(fitting))
    container.mux(stream.encode(None))


def _picture(container, stream, seconds: float) -> None:
    """Pictures whose upper half is bright."""
    for number in range(max(int(seconds * 5), 1)):
        image = av.VideoFrame(stream.width, stream.height, "yuv420p")
        image.pts = number
        for plane, above, below in zip(image.planes, (220, 120, 130), (40 + number, 120, 130), strict=True):
            half = plane.height // 2
            plane.update(bytes([above]) * (plane.line_size * half) + bytes([below]) * (plane.line_size * (plane.height - half)))
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
    tags: dict[str, str] | None = None,
    loud: int = 9000,
) -> Path:
    """Write a recording with the codecs named; its container by the ending of the name unless one is given."""
    with av.open(str(path), "w", format=container, options=options or {}) as written:
        written.metadata.update(tags or {})
        tone = written.add_stream(sound, rate=RATE) if sound else None
        if tone:
            tone.layout = "mono"
        film = written.add_stream(picture, rate=5) if picture else None
        if film:
            film.width, film.height, film.pix_fmt = *size, "yuv420p"
        if tone:
            _sound(written, tone, seconds, loud)
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


GPS = "+56.9677+021.9700/"
DEVICE = "iPhone of Inga"


def make_phone(folder: Path) -> Path:
    """A film as a phone writes it: HEVC in MOV, held upright (stored lying, with a turn noted), with place, device and date."""
    tags = {"location": GPS, "com.apple.quicktime.location.ISO6709": GPS, "model": DEVICE, "creation_time": "2024-04-20T08:15:00Z"}
    path = make(
        folder / "phone.mov", sound="aac", picture="libx265", options={"movflags": "use_metadata_tags", "x265-params": "log-level=none"}, tags=tags
    )
    content = bytearray(path.read_bytes())
    for at in (number for number in range(len(content)) if content.startswith(b"tkhd", number)):
        if content[at + 84 : at + 88] != bytes(4):  # the track that has a height
            turn = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
            content[at + 44 : at + 80] = b"".join(value.to_bytes(4, "big", signed=True) for value in turn)
    path.write_bytes(content)
    return path


def make_strange(folder: Path) -> dict[str, Path]:
    """Recordings that other programs stumble over."""
    return {
        "phone": make_phone(folder),
        "no duration": make(folder / "live.webm", sound="libopus", picture="libvpx", options={"live": "1"}),
        "3gp": make(folder / "old.3gp", sound="aac", picture="mpeg4"),
        "sound only": make(folder / "sound.mp4", sound="aac", container="mp4"),
    }


def measured(path: Path) -> dict[str, float]:
    """What ffmpeg's own meter says of a file: its loudness in LUFS, its seconds, and of its picture width, height and the light of each half."""
    found: dict[str, float] = {"seconds": 0}
    with av.open(str(path)) as container:
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=container.streams.audio[0])
        meter = graph.add("ebur128", "metadata=1")
        source.link_to(meter)
        meter.link_to(graph.add("abuffersink"))
        graph.configure()
        for frame in container.decode(*container.streams):
            if isinstance(frame, av.VideoFrame):
                plane = frame.planes[0]
                rows = bytes(plane)
                middle = plane.line_size * (frame.height // 2)
                left = rows[middle + 4], rows[middle + frame.width - 5]
                found |= {"width": frame.width, "height": frame.height, "top": rows[plane.line_size * 4 + frame.width // 2]}
                found |= {"bottom": rows[plane.line_size * (frame.height - 5) + frame.width // 2], "left": left[0], "right": left[1]}
                continue
            found["seconds"] += frame.samples / frame.sample_rate
            graph.push(frame)
            while True:
                try:
                    found["loudness"] = float(graph.pull().metadata["lavfi.r128.I"])
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
    return found
