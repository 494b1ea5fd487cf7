"""Decodes a recording in a process of its own: `python probe.py FILE KIND` prints what it found as JSON.

It stands alone: it imports nothing of the project, so that a decoder that crashes or swells takes nothing with it.
"""

import json
import resource
import sys
from typing import Any

SECONDS = 120  # of processor time
MEMORY = 1024 * 1024 * 1024
MAX_SIDE, MAX_DURATION = 4320, 30 * 60
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,wav,aac,flac,amr"
TYPES = {"mov": "mp4", "matroska": "webm", "ogg": "ogg", "mp3": "mpeg", "wav": "wav", "aac": "aac", "flac": "flac", "amr": "amr"}


def probe(path: str, kind: str) -> dict[str, Any]:
    """Its media type and seconds, or a refusal. The decoder may open this one file and nothing else."""
    import av

    try:
        opened = av.open(path, options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}, timeout=(10, 30))
    except (av.FFmpegError, OSError, ValueError):
        return {"refusal": "not_media"}
    with opened as container:
        audio, video = next(iter(container.streams.audio), None), next(iter(container.streams.video), None)
        if video is not None and max(video.codec_context.width, video.codec_context.height) > MAX_SIDE:
            return {"refusal": "too_large"}
        if kind == "video" and video is None:
            return {"refusal": "no_picture"}
        if audio is None:
            return {"refusal": "silent"}
        streams = [audio, video] if kind == "video" else [audio]
        last, frames = 0.0, 0
        try:
            for packet in container.demux(*streams):
                if packet.stream is audio or frames < 200:  # sound to the end, of the picture enough to know that it decodes
                    for frame in packet.decode():
                        frames += packet.stream is video
                        last = max(last, float(getattr(frame, "time", None) or 0))
                elif packet.pts is not None and packet.time_base:
                    last = max(last, float(packet.pts * packet.time_base))
                if last > MAX_DURATION:
                    return {"refusal": "too_large"}
        except (av.FFmpegError, OSError, ValueError):
            return {"refusal": "broken"}
        announced = float(container.duration or 0) / 1_000_000
        if (kind == "video" and not frames) or last == 0 or (announced and last < announced * 0.9 - 1):
            return {"refusal": "broken"}
        subtype = TYPES.get(container.format.name.split(",")[0], "mp4")
        return {"seconds": round(max(last, announced)), "media_type": f"{kind}/{subtype}"}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    print(json.dumps(probe(sys.argv[1], sys.argv[2])))
