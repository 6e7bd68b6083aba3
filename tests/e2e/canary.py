"""Marked people, and the search for them: in files, payloads, processes and memory, in every encoding a text may take.

Marks are made anew for each run, so that whatever is found is this run's. Needles go to grep through a pipe, never
into a file, an argument or the environment.
"""

import base64
import json
import os
import secrets
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from drivers.idcard.layouts import CardHolder, IdCard
from drivers.idcard.numbers import CardKind, mod_11_2
from drivers.pcsc.simulated_card import SocialHolder
from hall.certificates.records import Kept, Record
from hall.codes.port import Company, Holder

RARE = "𠮷㛃㙟䶮𡈽𣲗𬭎㸌𫖮𬱟㐱䢺𠅤𡵆"  # outside GBK, half of them outside the basic plane
HALLS = ("11379900MB9900101P", "11379900MB9900107A")  # who issued: offices of the sample library
PIECE = 1 << 22  # bytes of memory read at once
PIXELS = 24  # in a row that is looked for


@dataclass(frozen=True)
class Marked:
    """One invented person that is in nobody's library but this run's."""

    kept: Kept = field(repr=False)
    address: str = field(repr=False)
    issuer: str = field(repr=False)

    @property
    def number(self) -> str:
        return self.kept.holder.number

    @property
    def name(self) -> str:
        return self.kept.holder.name

    @property
    def photo(self) -> str:
        return f"WLf-{self.number[::-1]}"

    @property
    def card(self) -> IdCard:
        number = self.number
        holder = CardHolder(
            kind=CardKind.CITIZEN,
            number=number,
            name=self.name,
            sex="2",
            ethnic_group="01",
            birth=number[6:14],
            address=self.address,
            issuer=self.issuer,
            valid_from="20200101",
            valid_to="长期",
        )
        return IdCard(holder, photo=self.photo.encode() * 20)

    @property
    def social(self) -> SocialHolder:
        return SocialHolder(self.number, self.name, "2", self.number[6:14])

    @property
    def marks(self) -> dict[str, str]:
        """Every text that is this person's alone."""
        company, (identity, property_) = self.kept.holder.company, self.kept.records[:2]
        found = {
            "name": self.name,
            "number": self.number,
            "photo": self.photo,
            "birth": f"{self.number[6:10]}年{self.number[10:12]}月{self.number[12:14]}日",
            "address": self.address,
            "certificate number": property_.number,
            "face text": property_.facts.get("location", "") or property_.facts.get("scope", ""),
            "issuer": identity.issuer,
        }
        if company is not None:
            found |= {"company": company.name, "credit code": company.code, "authority": company.authority}
        return found


def marked(company: bool = False) -> Marked:
    """Somebody new. The birthday of a mark is rarely anybody's: it is looked for with its year 1907 to 1926."""
    name = "".join(secrets.SystemRandom().sample(RARE, 4))
    born = date(1907 + secrets.randbelow(20), 1 + secrets.randbelow(12), 1 + secrets.randbelow(28))
    digits = f"379900{born:%Y%m%d}{secrets.randbelow(900) + 100}"
    number = digits + mod_11_2(digits)
    tail = "".join(secrets.SystemRandom().sample(RARE, 3)) + f"{secrets.randbelow(10**6):06}号"
    address, issuer, serial = f"画押省{tail}", f"画押县{tail[:3]}局", f"{secrets.randbelow(10**9):09}"
    facts = {"sex": "女", "ethnic": "汉", "address": address, "representative": name}
    if not company:
        return Marked(
            Kept(
                Holder(number, name, born),
                facts,
                (
                    Record("id-card", number, issuer, HALLS[0], date(2020, 1, 1)),
                    Record(
                        "property", f"画（2019）第{serial}号", issuer, HALLS[1], date(2019, 1, 6), facts=_property(tail)
                    ),
                ),
            ),
            address,
            issuer,
        )  # fmt: skip
    firm = Company(f"画押{tail}有限公司", f"91379900MA{serial[:8]}", f"授权{tail}", date(2099, 1, 1))
    more = {
        "company_type": "有限责任公司",
        "scope": f"经营{tail}",
        "capital": "壹佰万元整",
        "first": "2018年03月08日",
    }
    record = Record("business", serial, issuer, HALLS[0], date(2018, 3, 8), facts=more)
    return Marked(Kept(Holder(number, name, born, firm), facts, (record, record)), address, issuer)


def _property(tail: str) -> dict[str, str]:
    return {
        "shares": "单独所有",
        "location": f"坐落{tail}",
        "unit": "379900002002GB00901F00020301",
        "right": "国有建设用地使用权",
        "nature": "出让",
        "use": "住宅",
        "area": "118.36㎡",
        "term_of_use": "/",
    }


# -- needles ----------------------------------------------------------------------------------------------


def encodings(text: str) -> dict[str, bytes]:
    """``text`` in every form in which programs keep or send texts; forms that are the same bytes only once."""
    utf8, escaped = text.encode(), json.dumps(text)[1:-1].encode()
    every = {
        "utf-8": utf8,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "utf-32-le": text.encode("utf-32-le"),
        "utf-32-be": text.encode("utf-32-be"),
        "gb18030": text.encode("gb18030"),
        "json": escaped,
        "json upper": escaped.upper().replace(b"\\U", b"\\u"),
        "url": quote(text, safe="").encode(),
        "url lower": quote(text, safe="").lower().encode(),
        "html": "".join(f"&#{ord(c)};" for c in text).encode(),
        "html hex": "".join(f"&#x{ord(c):x};" for c in text).encode(),
        "hex": utf8.hex().encode(),
        "hex upper": utf8.hex().upper().encode(),
        **{f"base64 +{n}": _base64(utf8, n) for n in range(3)},
    }
    once: dict[bytes, str] = {}
    for name, data in every.items():
        once.setdefault(data, name)
    return {name: data for data, name in once.items() if len(data) >= 8 and b"\n" not in data}


def _base64(data: bytes, place: int) -> bytes:
    """What of ``data`` is sure to stand in a base64 text that has it at ``place`` of a group of three."""
    whole = base64.b64encode(bytes(place) + data)
    return whole[(place * 8 + 5) // 6 : (place + len(data)) * 8 // 6]


def forms(text: str) -> list[str]:
    """``text``, and an ID number also as people group it, in whole and its telling part."""
    if len(text) != 18 or not text[:17].isdecimal():
        return [text]
    a, b, c = text[:6], text[6:14], text[14:]
    apart = [f"{a}{gap}{b}{gap}{c}" for gap in (" ", "-", "\u2009", "\u00a0")]
    return [text, *apart, f"{a} {b[:4]} {b[4:]} {c}", text[:17]]


def needles(texts: Iterable[tuple[str, str]]) -> dict[bytes, str]:
    """What to look for, and what it is: (label, text) in every form and encoding."""
    found: dict[bytes, str] = {}
    for label, text in texts:
        for form in forms(text):
            for encoding, data in encodings(form).items():
                found.setdefault(data, f"{label} ({encoding})")
    return found


# -- the search -------------------------------------------------------------------------------------------


def search(data: bytes, wanted: dict[bytes, str]) -> Counter[str]:
    """How often each needle stands in ``data``, by what it is."""
    if not data:
        return Counter()
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe_out, open(reading, "rb") as pipe_in:
        grep = subprocess.Popen(
            ["grep", "-aoF", "-f", f"/dev/fd/{reading}", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[reading],
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        )
        pipe_in.close()
        pipe_out.write(b"\n".join(wanted))
        pipe_out.close()
        out, _ = grep.communicate(data)
    assert grep.returncode in (0, 1), "grep could not search"
    return Counter(wanted[line] for line in out.split(b"\n") if line)


def in_files(root: Path, wanted: dict[bytes, str], since: float = 0.0) -> tuple[dict[str, Counter[str]], int]:
    """What regular files below ``root`` (names and content) hold, and how many files were read."""
    found: dict[str, Counter[str]] = {}
    batch: list[tuple[Path, bytes]] = []
    count = 0
    for path in files(root, since):
        try:
            content = os.fsencode(path) + b"\0" + path.read_bytes()
        except OSError:  # gone meanwhile, or nobody's to read
            continue
        count += 1
        batch.append((path, content))
        if sum(len(data) for _, data in batch) > PIECE:
            found |= _in_batch(batch, wanted)
            batch = []
    return found | _in_batch(batch, wanted), count


def _in_batch(batch: list[tuple[Path, bytes]], wanted: dict[bytes, str]) -> dict[str, Counter[str]]:
    """All at once; only where something is found, one by one."""
    if not search(b"\0".join(data for _, data in batch), wanted):
        return {}
    return {str(path): hits for path, data in batch if (hits := search(data, wanted))}


def files(root: Path, since: float = 0.0) -> Iterator[Path]:
    """Regular files that changed ``since``; folders of other accounts' processes may vanish underway."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            try:
                status = path.lstat()
            except OSError:
                continue
            if not path.is_symlink() and path.is_file() and max(status.st_mtime, status.st_ctime) >= since:
                yield path


def memory_of(pid: int) -> bytes:
    """The writable memory of a process, however anything came there."""
    return b"".join(_memory(pid))


def _memory(pid: int) -> Iterator[bytes]:
    blank = bytes(4096)
    with (
        Path(f"/proc/{pid}/maps").open(encoding="utf-8") as maps,
        Path(f"/proc/{pid}/mem").open("rb", 0) as memory,
    ):
        for line in maps:
            where, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(number, 16) for number in where.split("-"))
            for at in range(start, end, PIECE):
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, end - at))
                except (OSError, ValueError, OverflowError):
                    break
                for page in range(0, len(piece), 4096):
                    if (content := piece[page : page + 4096]) != blank:
                        yield content


# -- faces ------------------------------------------------------------------------------------------------


def travelling(png: bytes) -> dict[bytes, str]:
    """A piece of a face as it travelled."""
    at = len(png) // 2
    while b"\n" in png[at : at + 24]:
        at += 1
    return {png[at : at + 24]: "of a face, as it travels"}


def seen(frame: bytes) -> dict[bytes, str]:
    """Pieces of the face in the middle of a screen's picture, as pixels lie in memory in the orders in use."""
    found = {}
    picture = Image.open(BytesIO(frame)).convert("RGB")
    wide, high = picture.size
    for top in range(high * 35 // 100, high * 55 // 100, high // 160):
        for left in range(wide // 8, wide * 7 // 8 - PIXELS, wide // 12):
            row = picture.crop((left, top, left + PIXELS, top + 1))
            if len(row.getcolors() or []) < 12:  # little stands there
                continue
            for order, data in (
                ("RGB", row.tobytes()),
                ("RGBA", row.convert("RGBA").tobytes()),
                ("BGRA", row.convert("RGBA").tobytes("raw", "BGRA")),
            ):
                if b"\n" not in data:
                    found[data] = f"of a face, pixels {order}"
    return found
