"""Reads an ESC/POS byte stream command by command, as a printer does. Pure; the simulator obeys what it finds."""

from dataclasses import dataclass

ESC, FS, GS = 0x1B, 0x1C, 0x1D
LONGEST_JUNK = 2  # bytes of an unknown command skipped: its lead and its name; its arguments become text
DEEPEST = 1 << 21  # bytes one command may claim: 65535 × 65535 dots would never come

# Bytes of argument behind each command of fixed length (Epson; 1D 65: CUSTOM).
ARGUMENTS = {
    ESC: {
        **dict.fromkeys(b"@2<im", 0),
        **dict.fromkeys(b" !-3=ACEGJKMRSTUVadertu{", 1),
        **dict.fromkeys(b"$\\c", 2),
        0x70: 3,
    },
    FS: {**dict.fromkeys(b"&.", 0), **dict.fromkeys(b"!-CW", 1), 0x53: 2},
    GS: {
        **dict.fromkeys(b":", 0),
        **dict.fromkeys(b"!/BHIabfhrw", 1),
        **dict.fromkeys(b"$LPW\\", 2),
    },
}


@dataclass(frozen=True, slots=True)
class Command:
    """``name`` is its lead and its letter; ``data`` what follows."""

    name: bytes
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Character:
    """A byte of text, or the two or four of a hanzi."""

    code: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that mean nothing here."""

    data: bytes


Item = Command | Character | Noise


class Parser:
    """Feed it any slicing. It gives one item at a time, so that a printer can stop between two of them."""

    def __init__(self, *, four_byte: bool = False) -> None:
        """``four_byte``: the font knows the four-byte codes of GB 18030."""
        self._buffer = bytearray()
        self._four_byte = four_byte
        self.hanzi = True  # kanji mode; the obeyer switches it

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def waiting(self) -> bool:
        return bool(self._buffer)

    @property
    def size(self) -> int:
        return len(self._buffer)

    def unread(self, data: bytes) -> None:
        """Put back what could not be obeyed yet."""
        self._buffer[:0] = data

    def take(self) -> Item | None:
        """The next item, or None: more bytes are needed."""
        found = self._peek()
        if found is None:
            return None
        item, length = found
        del self._buffer[:length]
        return item

    def _peek(self) -> tuple[Item, int] | None:
        buffer = self._buffer
        if not buffer:
            return None
        match buffer[0]:
            case 0x1B | 0x1C | 0x1D:
                return self._command()
            case 0x0A | 0x0D | 0x09 | 0x0C | 0x18:
                return Command(bytes(buffer[:1])), 1
            case 0x10:
                return None if len(buffer) < 3 else (Noise(bytes(buffer[:3])), 3)  # DLE …: obeyed on arrival
            case first if first < 0x20 or first == 0x7F:
                return Noise(bytes(buffer[:1])), 1
            case first if first < 0x80 or not self.hanzi:
                return Character(bytes(buffer[:1])), 1
            case _:
                return self._hanzi()

    def _hanzi(self) -> tuple[Item, int] | None:
        buffer = self._buffer
        if buffer[0] in (0x80, 0xFF):
            return Noise(bytes(buffer[:1])), 1
        if len(buffer) < 2:
            return None
        if self._four_byte and 0x30 <= buffer[1] <= 0x39:
            return None if len(buffer) < 4 else (Character(bytes(buffer[:4])), 4)
        return Character(bytes(buffer[:2])), 2

    def _command(self) -> tuple[Item, int] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length = self._length()
        if length is None or length > DEEPEST:
            return None if length is None else (Noise(bytes(buffer[:LONGEST_JUNK])), LONGEST_JUNK)
        if length == 0:
            return Noise(bytes(buffer[:LONGEST_JUNK])), LONGEST_JUNK
        if len(buffer) < length:
            return None
        return Command(bytes(buffer[:2]), bytes(buffer[2:length])), length

    def _length(self) -> int | None:
        """Bytes of the command at the front; 0: unknown; None: more bytes are needed to say."""
        buffer = self._buffer
        match bytes(buffer[:2]):
            case b"\x1dv":  # GS v 0 m xL xH yL yH
                if len(buffer) < 8:
                    return None
                return 8 + int.from_bytes(buffer[4:6], "little") * int.from_bytes(buffer[6:8], "little")
            case b"\x1d(" | b"\x1c(" | b"\x1b(":  # … ( fn pL pH
                return None if len(buffer) < 5 else 5 + int.from_bytes(buffer[3:5], "little")
            case b"\x1dV":  # GS V m [n]
                return None if len(buffer) < 3 else 3 + (buffer[2] >= 0x41)
            case b"\x1de":  # 1D 65 n [m]
                return None if len(buffer) < 3 else 3 + (buffer[2] == 0x03)
            case b"\x1b*":  # ESC * m nL nH
                if len(buffer) < 5:
                    return None
                return 5 + int.from_bytes(buffer[3:5], "little") * (3 if buffer[2] >= 32 else 1)
            case b"\x1dk":  # GS k m …: text up to NUL, or counted
                return self._barcode_length()
            case b"\x1bD":  # ESC D: tab stops up to NUL
                end = buffer.find(0, 2, 2 + 33)
                return end + 1 if end >= 0 else (35 if len(buffer) >= 35 else None)
            case name:
                arguments = ARGUMENTS[name[0]].get(name[1])
                return 0 if arguments is None else 2 + arguments

    def _barcode_length(self) -> int | None:
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        if buffer[2] >= 0x41:
            return 4 + buffer[3]
        end = buffer.find(0, 3, 3 + 256)
        return end + 1 if end >= 0 else (259 if len(buffer) >= 259 else None)
