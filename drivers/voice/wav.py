"""WAV (RIFF/WAVE) bytes to sound and back. Knows no file.

Source: Microsoft/IBM "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and
WAVEFORMATEXTENSIBLE for the second way to say PCM. Only mono 16-bit PCM is read: anything else is refused
in words, never converted by guess.
"""

import struct

from drivers.errors import DeviceProtocol
from drivers.voice.pcm import RATES, Pcm

PCM_FORMAT = 0x0001
EXTENSIBLE = 0xFFFE
PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")  # KSDATAFORMAT_SUBTYPE_PCM after its format


class WavInvalid(DeviceProtocol):
    """The bytes are not the WAV that is needed; the message says why."""


def parse_wav(data: bytes, *, streamed: bool = False) -> Pcm:
    """The sound in ``data``. Raises WavInvalid.

    ``streamed``: the header was written before the length was known (espeak-ng writes 0x7FFFF000), so a
    ``data`` chunk that claims more than there is ends where the bytes end. Otherwise that is a truncated
    file, and refused.
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise WavInvalid(f"{len(data)} bytes without a RIFF/WAVE header")
    rate, at = 0, 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt ":
            rate = _rate(body)
        elif name == b"data":
            if not rate:
                raise WavInvalid("data before fmt")
            return Pcm(rate, _frames(body, size, streamed=streamed))
        at += 8 + size + size % 2  # chunks are padded to even lengths
    raise WavInvalid("no data chunk")


def build_wav(sound: Pcm) -> bytes:
    """``sound`` as a complete WAV file."""
    size = len(sound.frames)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM_FORMAT, 1, sound.rate, 2 * sound.rate, 2, 16)
        + struct.pack("<4sI", b"data", size)
        + sound.frames
    )


def _rate(body: bytes) -> int:
    if len(body) < 16:
        raise WavInvalid(f"fmt of {len(body)} bytes")
    form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if form == EXTENSIBLE and len(body) >= 40 and body[26:40] == PCM_GUID_TAIL:
        form = int.from_bytes(body[24:26], "little")
    if (form, channels, bits) != (PCM_FORMAT, 1, 16):
        raise WavInvalid(f"format={form:#06x} channels={channels} bits={bits}, needed: PCM, mono, 16 bits")
    if rate not in RATES:
        raise WavInvalid(f"rate={rate} Hz, needed one of {', '.join(map(str, RATES))}")
    return int(rate)


def _frames(body: bytes, size: int, *, streamed: bool) -> bytes:
    if len(body) < size and not streamed:
        raise WavInvalid(f"truncated: {size} bytes of sound promised, {len(body)} there")
    if len(body) % 2 and not streamed:
        raise WavInvalid(f"{len(body)} bytes are not whole 16-bit samples")
    return body[: len(body) // 2 * 2]
