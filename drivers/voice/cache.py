"""The sounds used last, kept within a bound of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from drivers.voice.pcm import Pcm


class SoundCache:
    """Least recently used sounds go first. Any thread may ask; a sound is made outside the lock, so two
    threads may at worst make the same one. What ``make`` raises passes through and nothing is kept."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._sounds: OrderedDict[Hashable, Pcm] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        return self._bytes

    def get(self, key: Hashable, make: Callable[[], Pcm]) -> Pcm:
        with self._lock:
            if (sound := self._sounds.get(key)) is not None:
                self._sounds.move_to_end(key)
                return sound
        sound = make()
        with self._lock:
            if key not in self._sounds and len(sound.frames) <= self._limit:
                self._sounds[key] = sound
                self._bytes += len(sound.frames)
            while self._bytes > self._limit:
                self._bytes -= len(self._sounds.popitem(last=False)[1].frames)
        return sound
