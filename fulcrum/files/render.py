"""Makes of a recording what people play: `python render.py FILE KIND SECONDS WEB POSTER` writes two files and prints the rest as JSON.

MP4 (H.264, AAC) or M4A (AAC), with even loudness, upright, and without any metadata; of a film one picture as JPEG; the peaks of
the sound. It stands alone, as the probe does. Once its files are open it can open nothing more, neither a file nor a connection.
"""

import errno
import importlib
import json
import pkgutil
import resource
import sys
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

SECONDS = 3 * 3600  # of processor time
MEMORY = 3 * 1024**3
LARGEST = 1024**3  # of a file that is written
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,wav,aac,flac,amr"
LONG, SHORT, RATE = 1280, 720, 48_000
LOUDNESS = "loudnorm=I=-16:TP=-1.5:LRA=11"  # what voices on the web have
COLUMNS, PEAK_RATE, PEAKS_A_SECOND = 160, 8000, 20
TURNS = {90: "transpose=cclock", -90: "transpose=clock", 180: "hflip,vflip", -180: "hflip,vflip"}
TROUBLES = 100  # damaged packets that are left out before the recording counts as broken


class Chain:
    """A line of filters: frames in, frames out."""

    def __init__(self, source: str, steps: str, **of_source: Any) -> None:
        import av

        self.graph = av.filter.Graph()
        last = getattr(self.graph, f"add_{source}")(**of_source)
        for step in [*steps.split(","), f"{source}sink"]:
            name, _, arguments = step.partition("=")
            node = self.graph.add(name, arguments) if arguments else self.graph.add(name)
            last.link_to(node)
            last = node
        self.graph.configure()

    def push(self, frame: Any) -> Iterator[Any]:
        """What comes out when `frame` goes in; with None, the rest."""
        import av

        self.graph.push(frame)
        while True:
            try:
                yield self.graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return


class Film:
    """The picture of the web version: upright, with square pixels, within its size, at most 30 frames a second; and the poster."""

    def __init__(self, stream: Any, written: Any, poster: Any, seconds: float, start: int) -> None:
        self.stream, self.written, self.poster, self.start = stream, written, poster, start
        self.poster_at = min(1.0, seconds / 10)
        self.track: Any = None
        self.chain: Chain | None = None
        self.shape: Any = None
        self.last = -1.0

    def push(self, frame: Any) -> None:
        frame.pts = frame.pts - self.start if frame.pts is not None else None
        shape = (frame.width, frame.height, frame.format.name, frame.rotation)
        if shape != self.shape:  # a phone that is turned while it films changes the size midway
            self._out(None)
            self.shape, self.chain = shape, self._chain(frame)
        self._out(frame)

    def finish(self) -> None:
        self._out(None)
        if self.track is not None:
            self.written.mux(self.track.encode(None))

    def _out(self, frame: Any) -> None:
        for ready in self.chain.push(frame) if self.chain else ():
            if ready.time is None or ready.time <= self.last:
                continue
            self.last = ready.time
            if self.poster and self.last >= self.poster_at:
                self._draw(ready)
            ready.pict_type = 0  # the encoder chooses its own key frames
            self.written.mux(self.track.encode(ready))

    def _chain(self, frame: Any) -> Chain:
        if self.track is None:
            width, height = self._fitting(frame)
            options = {"preset": "fast", "crf": "24", "maxrate": "2500k", "bufsize": "5000k", "g": "90", "threads": "2"}
            self.track = self.written.add_stream("libx264", options=options)
            self.track.width, self.track.height, self.track.pix_fmt = width, height, "yuv420p"
            self.track.codec_context.time_base = self.stream.time_base
        width, height = self.track.width, self.track.height
        steps = [TURNS[frame.rotation]] if frame.rotation in TURNS else []
        steps += [f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2", f"pad={width}:{height}:-1:-1", "setsar=1"]
        if (self.stream.average_rate or 0) > 31:
            steps += ["fps=30", f"settb={self.stream.time_base}"]
        source = {"width": frame.width, "height": frame.height, "format": frame.format, "time_base": self.stream.time_base}
        return Chain("buffer", ",".join([*steps, "format=yuv420p"]), **source)

    def _fitting(self, frame: Any) -> tuple[int, int]:
        width, height = frame.width * float(self.stream.sample_aspect_ratio or 1), float(frame.height)
        if frame.rotation % 180:
            width, height = height, width
        across, down = (LONG, SHORT) if width >= height else (SHORT, LONG)
        factor = min(across / width, down / height, 1)
        return max(int(width * factor / 2) * 2, 2), max(int(height * factor / 2) * 2, 2)

    def _draw(self, frame: Any) -> None:
        import av

        picture = av.CodecContext.create("mjpeg", "w")
        picture.width, picture.height, picture.pix_fmt = frame.width, frame.height, "yuvj420p"
        picture.time_base, picture.options = self.stream.time_base, {"qmin": "4", "qmax": "4"}
        full = frame.reformat(format="yuvj420p")
        full.pts = 0
        for packet in [*picture.encode(full), *picture.encode(None)]:
            self.poster.write(bytes(packet))
        self.poster = None


class Sound:
    """The sound of the web version, with even loudness, and its peaks."""

    def __init__(self, stream: Any, written: Any, start: int) -> None:
        import av

        self.stream, self.written, self.start = stream, written, start
        layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
        self.track = written.add_stream("aac", rate=RATE)
        self.track.layout, self.track.bit_rate = layout, 96_000 if layout == "mono" else 128_000
        self.layout = layout
        self.chain: Chain | None = None
        self.coarse = av.AudioResampler(format="s16", layout="mono", rate=PEAK_RATE)
        self.left = array("h")
        self.peaks: list[int] = []
        self.samples = 0

    def push(self, frame: Any) -> None:
        if self.chain is None:
            gapless = "aresample=async=1000:first_pts=0"
            steps = f"{gapless},{LOUDNESS},aresample={RATE},aformat=fltp:{RATE}:{self.layout},asetnsamples=1024:p=0"
            source = {"sample_rate": frame.sample_rate, "format": frame.format.name, "layout": frame.layout.name, "time_base": self.stream.time_base}
            self.chain = Chain("abuffer", steps, **source)
        frame.pts = frame.pts - self.start if frame.pts is not None else None
        self._out(frame)

    def finish(self) -> None:
        self._out(None)
        self.written.mux(self.track.encode(None))
        self._measure(None)

    def _out(self, frame: Any) -> None:
        for ready in self.chain.push(frame) if self.chain else ():
            self._measure(ready)
            ready.pts, ready.time_base = self.samples, Fraction(1, RATE)
            self.samples += ready.samples
            self.written.mux(self.track.encode(ready))

    def _measure(self, frame: Any) -> None:
        for coarse in self.coarse.resample(frame):
            self.left.frombytes(bytes(coarse.planes[0])[: coarse.samples * 2])
        step = PEAK_RATE // PEAKS_A_SECOND
        while len(self.left) >= step:
            part = self.left[:step]
            self.peaks.append(max(max(part), -min(part)))
            del self.left[:step]


def columns(peaks: list[int]) -> list[int]:
    """At most COLUMNS figures from 0 to 100, the highest of each stretch of the peaks."""
    count = min(COLUMNS, len(peaks))
    return [max(peaks[number * len(peaks) // count : (number + 1) * len(peaks) // count]) * 100 // 32768 for number in range(count)]


def render(source: Any, kind: str, seconds: float, web: Any, reread: Any, poster: Any) -> dict[str, Any]:
    """Write the web version and the poster. Returns the `peaks` and the `seconds`, or a refusal."""
    import av

    options = {"format_whitelist": CONTAINERS}
    with av.open(source, options=options) as given:
        audio = given.streams.audio[0]
        video = given.streams.video[0] if kind == "video" else None
        if video is not None:
            video.codec_context.thread_count = 2
            video.thread_type = "AUTO"
        begins = (given.start_time or 0) / 1_000_000
        movflags = {"movflags": "+faststart"}
        # the index moves to the front at the end, for which the writer reads its own file once more
        with av.open(web, "w", format="mp4", options=movflags, io_open=lambda *_asked: reread) as written:
            film = Film(video, written, poster, seconds, round(begins / video.time_base)) if video is not None else None
            sound = Sound(audio, written, round(begins / audio.time_base))
            troubles = _feed(given, [(audio, sound), (video, film)])
            if film is not None:
                film.finish()
            if sound.chain is None or (film is not None and film.track is None) or troubles > TROUBLES:
                return {"refusal": "broken"}
            sound.finish()
    return {"peaks": columns(sound.peaks), "seconds": max(round(sound.samples / RATE), 1)}


def _feed(given: Any, ways: list[tuple[Any, Any]]) -> int:
    """Hand every frame to the track that it belongs to. Returns how many packets were damaged; the rest of a file that breaks off is left."""
    import av

    tracks = {stream.index: track for stream, track in ways if track is not None}
    troubles = 0
    packets = given.demux([stream for stream, track in ways if track is not None])
    while troubles <= TROUBLES:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            break
        if packet is None:
            break
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            troubles += 1
            continue
        for frame in frames:
            tracks[packet.stream.index].push(frame)
    return troubles


def _load_all() -> None:
    """Load every part of the decoder now: later it could not open its own files."""
    import av

    for part in pkgutil.walk_packages(av.__path__, "av."):
        if part.name.rpartition(".")[2] != "__main__":
            importlib.import_module(part.name)


def _guarded(*arguments: Any) -> dict[str, Any]:
    """What `render` returns, or what its limits and the recording's own faults come to; a `trouble` is no fault of the recording."""
    import av

    try:
        return render(*arguments)
    except MemoryError:
        return {"refusal": "too_large"}
    except OSError as error:
        if error.errno == errno.EFBIG:
            return {"refusal": "too_large"}
        if error.errno == errno.ENOSPC or not isinstance(error, av.FFmpegError):
            return {"trouble": type(error).__name__}
        return {"refusal": "broken"}
    except (av.FFmpegError, ValueError):
        return {"refusal": "broken"}


if __name__ == "__main__":
    _load_all()
    source_path, kind_, seconds_, web_path, poster_path = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    with ExitStack() as opened:
        files = [opened.enter_context(open(*how)) for how in ((source_path, "rb"), (web_path, "wb"), (web_path, "rb"), (poster_path, "wb"))]
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        print(json.dumps(_guarded(files[0], kind_, float(seconds_), *files[1:])))
