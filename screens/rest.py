"""What a screen does while nobody looks at it: tidy up. Never in the middle of a journey, where a pause would show."""

import ctypes
import gc


def building() -> None:
    """What lasts is being made: no garbage to speak of comes of it, and to look for it takes 600 ms in all."""
    gc.disable()


def settle() -> None:
    """Everything that lasts has been made: the collector need not look at it again.

    Looking through all widgets takes 100 to 300 ms, and would be done in the middle of somebody's journey.
    """
    gc.enable()
    gc.collect()
    gc.freeze()


def rest() -> None:
    """Collect cycles, and give freed memory back to the system: textures of many sizes leave holes (20 MB)."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:  # not glibc: nothing to trim
        return
