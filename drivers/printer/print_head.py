"""What ESC/POS commands put on paper: settings, the line being filled, the rows printed since the last cut."""

from drivers.printer.escpos import Character, Command
from drivers.printer.paper import Blank, Char, DotRows, Row, TextRow

SPACING = 34  # dots: 1/6 inch at 203 dpi, what ESC 2 and power-on give
TALLEST = 20_000  # dots on one piece, two and a half metres: then the oldest are forgotten
MISSING = "□"


class PrintHead:
    """Obeys one command after another. Nothing here stops, jams or answers."""

    def __init__(self, dots: int, *, four_byte: bool = False) -> None:
        self._dots = dots
        self._codec = "gb18030" if four_byte else "gbk"
        self._rows: list[Row] = []
        self.height = 0  # dots fed since the beginning of time
        self._stored = b""  # GS ( k 80
        self._reset()

    def _reset(self) -> None:
        self._line: list[Char] = []
        self._used = 0
        self._width = self._tall = 1
        self._bold = self._underline = self._reverse = False
        self._align = 0
        self._spacing = SPACING
        self._module = 3
        self.hanzi = True  # Chinese models wake up in it

    @property
    def begun(self) -> bool:
        """Is there anything on the paper, or on its way there?"""
        return bool(self._rows or self._line)

    def taken(self) -> tuple[Row, ...]:
        """The rows of the piece that ends here; the next begins empty."""
        rows, self._rows = tuple(self._rows), []
        self._line, self._used = [], 0  # never printed: no line feed came
        return rows

    def feed(self, dots: int) -> None:
        if dots > 0:
            self._add(Blank(dots))

    def obey(self, item: Command | Character) -> bool:
        """False: nothing that this printer knows."""
        if isinstance(item, Character):
            self._put(_decoded(item.code, self._codec))
            return True
        match item:
            case Command(b"\n" | b"\x0c"):
                self._end_line()
            case Command(b"\r" | b"\x18" | b"\x1b2" | b"\x1b@") as command:
                self._plain(command.name)
            case Command(b"\t"):
                self._put(" ")
            case Command(b"\x1dv", data):
                return self._picture(data)
            case Command(b"\x1d(", data):
                return self._function(data)
            case Command(b"\x1c&" | b"\x1c." as name):
                self.hanzi = name == b"\x1c&"
            case Command(name, data) if len(data) == 1:
                return self._setting(name, data[0])
            case _:
                return False
        return True

    def _plain(self, name: bytes) -> None:
        match name:
            case b"\x1b2":
                self._spacing = SPACING
            case b"\x18":  # CAN
                self._line, self._used = [], 0
            case b"\x1b@":
                self._reset()
            case _:
                pass

    def _setting(self, name: bytes, n: int) -> bool:
        match name:
            case b"\x1d!":
                self._width, self._tall = (n >> 4 & 7) + 1, (n & 7) + 1
            case b"\x1b!":
                self._bold, self._underline = bool(n & 0x08), bool(n & 0x80)
                self._tall, self._width = 1 + bool(n & 0x10), 1 + bool(n & 0x20)
            case b"\x1c!":
                self._width, self._tall = 1 + bool(n & 0x04), 1 + bool(n & 0x08)
                self._underline = bool(n & 0x80)
            case b"\x1cW":
                self._width = self._tall = 1 + (n & 1)
            case b"\x1bE" | b"\x1bG":
                self._bold = bool(n & 1)
            case b"\x1b-" | b"\x1c-":
                self._underline = n in (1, 2, 49, 50)
            case b"\x1dB":
                self._reverse = bool(n & 1)
            case b"\x1ba":
                self._align = n % 48 if n % 48 in (0, 1, 2) else self._align
            case b"\x1b3":
                self._spacing = n
            case b"\x1bd":
                self._end_line()
                self.feed((n - 1) * self._spacing)
            case b"\x1bJ":
                if self._line:
                    self._end_line()
                self.feed(n)
            case b"\x1bR" | b"\x1bt" | b"\x1bM" | b"\x1b=":
                pass  # one character set, one font, always selected
            case _:
                return False
        return True

    def _put(self, char: str) -> None:
        one = Char(char, self._width, self._tall, self._bold, self._underline, self._reverse)
        if self._line and self._used + one.dots > self._dots:
            self._end_line()
        self._line.append(one)
        self._used += one.dots

    def _end_line(self) -> None:
        line, self._line = tuple(self._line), []
        used, self._used = self._used, 0
        height = max(self._spacing, *(24 * char.height for char in line), 0)
        self._add(TextRow(line, self._left(used), height) if line else Blank(height))

    def _left(self, used: int) -> int:
        return max(0, self._dots - used) * self._align // 2

    def _picture(self, data: bytes) -> bool:
        across = int.from_bytes(data[2:4], "little")
        rows, body = int.from_bytes(data[4:6], "little"), data[6:]
        if data[:1] != b"0" or not across or not rows:
            return False
        kept = min(across, self._dots // 8)  # what is too wide is cut off
        dots = b"".join(body[at * across : at * across + kept] for at in range(rows))
        self._add(DotRows(dots, kept * 8, self._left(kept * 8), rows))
        return True

    def _function(self, data: bytes) -> bool:
        """GS ( k, codes (cn 49): 67 module size, 80 store, 81 print; others are accepted."""
        letter, body = data[:1], data[3:]
        if letter != b"k" or len(body) < 2 or body[0] != 0x31:
            return False
        match body[1]:
            case 0x43 if len(body) > 2:
                self._module = max(1, min(16, body[2]))
            case 0x50:
                self._stored = body[3:]
            case 0x51:
                return self._code()
            case 0x41 | 0x45:
                pass
            case _:
                return False
        return True

    def _code(self) -> bool:
        import segno

        try:
            code = segno.make(self._stored, micro=False)
        except ValueError:  # nothing stored, or too much
            return False
        module = self._module
        side = len(code.matrix) * module
        across = (side + 7) // 8
        rows = []
        for line in code.matrix:
            bits = "".join(("1" if dark else "0") * module for dark in line).ljust(across * 8, "0")
            rows.append(int(bits, 2).to_bytes(across, "big") * module)
        says = self._stored.decode(errors="replace")
        self._add(DotRows(b"".join(rows), across * 8, self._left(across * 8), side, says))
        return True

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        self.height += row.height
        while len(self._rows) > 1 and sum(one.height for one in self._rows[:-1]) > TALLEST:
            del self._rows[0]


def _decoded(code: bytes, codec: str) -> str:
    if len(code) == 1:
        return chr(code[0]) if code[0] < 0x80 else MISSING
    try:
        char = code.decode(codec)
    except UnicodeDecodeError:
        return MISSING
    return char if len(char) == 1 else MISSING
