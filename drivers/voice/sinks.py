"""Where sound goes: a record of what would have been heard, WAV files, or the machine's loudspeakers.

A sink belongs to one zone. ``play`` blocks until the sound has been heard, so it alone keeps two voices apart.
"""

import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from drivers.errors import DeviceAbsent, DeviceRefused, DeviceTimeout
from drivers.ports import Clock
from drivers.voice.pcm import Pcm, joined, silence
from drivers.voice.resample import resampled
from drivers.voice.wav import build_wav

SLICE = 0.05  # seconds one wait may last, so that closing is quick
KEPT = 10_000  # sounds a record keeps: several days of a busy zone
PLAYERS = ("paplay", "pw-play", "aplay")  # a sound server first: bare ALSA may find its card taken by one
PATIENCE = 5.0  # seconds a player may need beyond the sound's own length


@dataclass(frozen=True, slots=True)
class Label:
    """What a sound is: which announcement, which half of it, and its words for people to read."""

    zone: str
    event_id: str
    part: Literal["gong", "speech"]
    caption: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound that was heard from ``started`` (the clock's seconds) for ``seconds``."""

    label: Label
    started: float
    seconds: float


class Sink(Protocol):
    def play(self, sound: Pcm, label: Label) -> None:
        """Make ``sound`` heard; returns when it has been. Raises DriverError."""

    def close(self) -> None:
        """End ``play``, also while another thread is in it, and refuse what comes later. Idempotent."""


class NullSink:
    """No loudspeaker: records what would have been heard, and when.

    ``wait=False`` returns at once and still records the times at which a loudspeaker, one sound after the
    other, would have been heard: for a day that is played faster than it lasts.
    """

    def __init__(self, clock: Clock, *, wait: bool = True) -> None:
        self._clock, self._wait = clock, wait
        self._free_at = clock.now()
        self._heard: deque[Heard] = deque(maxlen=KEPT)
        self._closed = threading.Event()

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Oldest first; a sound is listed once it has ended."""
        return tuple(self._heard)

    def play(self, sound: Pcm, label: Label) -> None:
        self.listen(sound, label)

    def listen(self, sound: Pcm, label: Label) -> Heard:
        """``play``, and what was recorded. Raises DeviceAbsent when closed."""
        if self._closed.is_set():
            raise DeviceAbsent(f"zone={label.zone} sink is closed")
        started = self._clock.now() if self._wait else max(self._clock.now(), self._free_at)
        end = started + sound.seconds
        while self._wait and (left := end - self._clock.now()) > 0 and not self._closed.is_set():
            self._clock.sleep(min(SLICE, left))
        if self._closed.is_set():
            raise DeviceAbsent(f"zone={label.zone} sink was closed while playing")
        self._free_at = end
        heard = Heard(label, started, sound.seconds)
        self._heard.append(heard)
        return heard

    def close(self) -> None:
        self._closed.set()


@dataclass(frozen=True, slots=True)
class Recording:
    """One announcement as a file; it began at ``started`` (the clock's seconds)."""

    path: Path
    started: float


class WavFileSink:
    """Each announcement as one WAV file in ``folder``, gong and speech with the gap that was between them.

    Raises DeviceRefused from ``play`` when the file can't be written.
    """

    def __init__(self, folder: Path, clock: Clock, *, wait: bool = True) -> None:
        self._folder, self._ear = folder, NullSink(clock, wait=wait)
        self._recordings: deque[Recording] = deque(maxlen=KEPT)
        self._count = 0
        self._current: tuple[str, Recording, Pcm] | None = None  # event, file, what it holds so far

    @property
    def heard(self) -> tuple[Heard, ...]:
        return self._ear.heard

    @property
    def recordings(self) -> tuple[Recording, ...]:
        return tuple(self._recordings)

    def play(self, sound: Pcm, label: Label) -> None:
        heard = self._ear.listen(sound, label)
        if self._current and self._current[0] == label.event_id and label.part == "speech":
            _, recording, before = self._current
            gap = heard.started - recording.started - before.seconds
            sound = resampled(sound, before.rate)
            sound = joined(sound.rate, (before, silence(sound.rate, max(0.0, gap)), sound))
        else:
            self._count += 1
            name = re.sub(r"[^\w-]+", "_", f"{label.zone}-{self._count:04d}-{label.event_id}")[:80]
            recording = Recording(self._folder / f"{name}.wav", heard.started)
            self._recordings.append(recording)
        self._current = (label.event_id, recording, sound)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            recording.path.write_bytes(build_wav(sound))
        except OSError as error:
            raise DeviceRefused(f"zone={label.zone} recording cannot be written: {error}") from error

    def close(self) -> None:
        self._ear.close()


class PlayerSink:
    """The loudspeakers, through the first of ``players`` on PATH, one process for each sound.

    The sound is handed over as a complete WAV in a memory file, not through a pipe: pw-play reads raw sound
    from a pipe with options that differ between its versions, all three read a WAV file. Raises DeviceAbsent
    on construction when there is no player. Not proven on real loudspeakers.
    """

    def __init__(self, *, players: Sequence[str] = PLAYERS, patience: float = PATIENCE) -> None:
        found = next((path for name in players if (path := shutil.which(name))), None)
        if found is None:
            raise DeviceAbsent(f"none of {', '.join(players)} is on PATH (Debian: apt install alsa-utils)")
        self._player, self._patience = found, patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def player(self) -> str:
        return self._player

    def play(self, sound: Pcm, label: Label) -> None:
        """Raises DeviceAbsent (player can't start, no sound card, closed), DeviceTimeout (it hangs)."""
        memory = os.memfd_create("announcement", os.MFD_CLOEXEC)
        try:
            with open(memory, "wb", closefd=False) as file:
                file.write(build_wav(sound))
            process = self._start(memory)
            limit = sound.seconds + self._patience
            try:
                _, complaint = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired as error:
                process.kill()
                process.communicate()
                raise DeviceTimeout(f"zone={label.zone} {self._player} not done in {limit:.1f} s") from error
        finally:
            os.close(memory)
        if process.returncode:
            lines = complaint.decode(errors="replace").strip().splitlines()
            raise DeviceAbsent(
                f"zone={label.zone} {self._player} code={process.returncode}: {(lines or ['?'])[-1]}"
            )

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _start(self, memory: int) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise DeviceAbsent(f"{self._player} is closed")
            try:
                self._process = subprocess.Popen(
                    [self._player, f"/proc/self/fd/{memory}"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(memory,),
                )
            except OSError as error:
                raise DeviceAbsent(f"{self._player} cannot be started: {error}") from error
            return self._process
