"""Making a trial voice pack with espeak-ng."""

from pathlib import Path

from rich.progress import track

from drivers.voice.phrases import all_tokens
from drivers.voice.recording import make_pack as record
from drivers.voice.speech import EspeakNg


def make_pack(folder: Path) -> None:
    """Record every word that calls need; clips that are there are kept."""
    words, voice = all_tokens(), EspeakNg()
    made = kept = 0
    for word in track(words, description="录制 recording"):
        done = record(folder, [word], voice, name=folder.name)
        made, kept = made + len(done.made), kept + len(done.kept)
