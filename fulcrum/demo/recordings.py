"""Recordings for the demonstration, made here: a voice-like tone, and a beam that tilts."""

import math
from array import array
from pathlib import Path

import av

RATE = 24_000


def _tone(seconds: int, pitch: int) -> array:
    """Mono samples, 16 bit: syllables of a hum around `pitch` Hz, with pauses as in speech."""
    samples = array("h")
    for number in range(seconds * RATE):
        moment = number / RATE
        syllable = max(0.0, math.sin(2 * math.pi * 2.3 * moment)) * (0.15 if moment % 4 > 3.2 else 1)
        glide = pitch * (1 + 0.06 * math.sin(2 * math.pi * 0.7 * moment))
        voice = sum(math.sin(2 * math.pi * glide * partial * moment) / partial for partial in (1, 2, 3))
        samples.append(int(6500 * syllable * voice))
    return samples


def _picture(frame: av.VideoFrame, moment: float, pitch: int) -> None:
    """A yellow beam on a red fulcrum before a dark ground, tilting with time."""
    width, height, line = frame.width, frame.height, frame.planes[0].line_size
    luma = bytearray([40]) * (line * height)
    tilt = math.sin(moment * 1.3 + pitch) * 0.25
    for x in range(20, width - 20):
        middle = int(height * 0.55 + (x - width / 2) * tilt)
        for y in range(max(middle - 4, 0), min(middle + 4, height)):
            luma[y * line + x] = 200
    for y in range(int(height * 0.58), height - 10):
        half = (y - int(height * 0.58)) // 2
        for x in range(width // 2 - half, width // 2 + half):
            luma[y * line + x] = 120
    frame.planes[0].update(bytes(luma))
    for plane, value in ((1, 120), (2, 132)):
        frame.planes[plane].update(bytes([value]) * (frame.planes[plane].line_size * frame.planes[plane].height))


def make_recording(path: Path, *, kind: str, seconds: int, pitch: int) -> Path:
    """Write a recording that really plays: M4A for audio, MP4 of 320 × 180 for video. Returns its path."""
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=RATE)
        sound.layout = "mono"
        picture = None
        if kind == "video":
            picture = container.add_stream("libx264", rate=8, options={"preset": "ultrafast"})
            picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        samples = _tone(seconds, pitch)
        for start in range(0, len(samples), 1024):
            part = samples[start : start + 1024]
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
            frame.sample_rate, frame.pts = RATE, start
            frame.planes[0].update(part.tobytes())
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
        if picture is not None:
            for number in range(seconds * 8):
                image = av.VideoFrame(320, 180, "yuv420p")
                image.pts = number
                _picture(image, number / 8, pitch)
                container.mux(picture.encode(image))
            container.mux(picture.encode(None))
    return path
