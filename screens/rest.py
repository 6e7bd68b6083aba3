"""What a screen does while nobody looks at it: tidy up. Never in the middle of a journey, where a pause would show."""

import ctypes
import gc


def rest() -> None:
    """Collect cycles, and give freed memory back to the system: textures of many sizes leave holes (20 MB)."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:  # not glibc: nothing to trim
        return
