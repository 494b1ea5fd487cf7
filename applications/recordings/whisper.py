"""Writes down a recording: `python whisper.py MODEL FILE LANGUAGE` prints the passages as JSON: start, end and text of each.

It stands alone, and it fetches nothing: the model is a folder that an operator put there.
"""

import json
import os
import sys

os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def listen(model: str, path: str, language: str) -> list[tuple[float, float, str]]:
    """What the model in the folder `model` hears in the file. Raises NotADirectoryError where there is none."""
    if not os.path.isdir(model):
        raise NotADirectoryError(model)
    from faster_whisper import WhisperModel

    loaded = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    # "xx" is a language that none of ours is: the model finds out
    segments, _info = loaded.transcribe(path, language=None if language == "xx" else language, vad_filter=True)
    return [(segment.start, segment.end, segment.text) for segment in segments]


if __name__ == "__main__":
    print(json.dumps(listen(*sys.argv[1:])))
