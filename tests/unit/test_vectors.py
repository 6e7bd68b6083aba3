"""Conformance: every public vector kept beside the repository is run somewhere, and what was run nowhere is run here.

Two sections have no driver in this software yet and are named as such: ``call_pad_ff68`` (hardware call pads and
evaluators on RS-485) and ``led_onbon_bx_font_card`` (LED bars over windows). A section that is new to the file fails
here until somebody says where it is run. Skipped where the shared data is not there.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.idcard import codec
from drivers.idcard.codec import Decoder, Frame
from drivers.idcard.hid import HidStream
from drivers.pcsc.simulated_card import SimulatedCard
from drivers.pcsc.social_card import APPLICATION
from drivers.pcsc.vcard import VirtualSlot, sample_social_holders
from drivers.ports import SystemClock
from drivers.printer import status, text
from drivers.printer.escpos import Command, Parser
from hall.certificates.identifier import parse

TESTS = Path(__file__).parents[1]
VECTORS = TESTS.parents[1] / "shared" / "data" / "device_vectors.json"
HERE = "unit/test_vectors.py"
NO_DRIVER = {"call_pad_ff68", "led_onbon_bx_font_card"}
IDCARD, PRINTER = "unit/drivers/idcard/test_idcard_vectors.py", "unit/drivers/printer/test_printer_status.py"
SCANNERS, SOCIAL = "unit/drivers/scanner/test_scanner_vectors.py", "unit/drivers/pcsc/test_social_card.py"
# Where each part is run. Parts that say how the others were made (rule, note, source) are run with them.
RUN = {
    "samv.commands": IDCARD,
    "samv.read_replies": IDCARD,
    "samv.read_finger_replies": IDCARD,
    "samv.short_replies": IDCARD,
    "samv.robustness": IDCARD,
    "samv.hid": HERE,
    "id_numbers.valid_citizen": IDCARD,
    "id_numbers.valid_hkmotw": IDCARD,
    "id_numbers.valid_foreigner_2023": IDCARD,
    "id_numbers.valid_foreigner_old": IDCARD,
    "id_numbers.invalid": IDCARD,
    "social_security_card.apdu": SOCIAL,
    "social_security_card.aid": HERE,
    "social_security_card.aid_text": HERE,
    "vpcd.messages": HERE,
    "escpos_status.requests": HERE,
    "escpos_status.dle_eot": PRINTER,
    "escpos_status.not_a_dle_eot_reply": PRINTER,
    "escpos_status.rule": HERE,
    "escpos_status.asb": PRINTER,
    "escpos_status.asb_rule": HERE,
    "escpos_text.gb18030": "unit/drivers/printer/test_printer_layout.py",
    "escpos_text.fs_on": "unit/drivers/printer/test_printer_layout.py",
    "escpos_text.fs_off": HERE,
    "escpos_text.init": "unit/drivers/printer/test_printer_layout.py",
    "scanners.zebra_ssi": SCANNERS,
    "scanners.newland_unified": SCANNERS,
    "scanners.honeywell": SCANNERS,
    "ecert_id.rule": HERE,
    "ecert_id.valid": "unit/hall/certificates/test_certificate_identifier.py",
    "sm.sm3_abc": "unit/hall/codes/test_suites.py",
    "sm.sm4": "unit/hall/codes/test_suites.py",
}
SAID_ONLY = {"note", "source"}  # words about the vectors


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip(f"no shared data at ../shared/data/{VECTORS.name}")
    found: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return found


def parts(vectors: dict[str, Any]) -> Iterator[str]:
    for section, content in vectors.items():
        if isinstance(content, dict) and section not in NO_DRIVER:
            yield from (f"{section}.{part}" for part in content if part not in SAID_ONLY)


def test_every_vector_is_run_somewhere_or_has_no_driver(vectors: dict[str, Any]) -> None:
    assert set(parts(vectors)) == set(RUN)
    assert vectors.keys() >= NO_DRIVER


def test_where_they_are_said_to_be_run_they_are_read() -> None:
    for part, file in RUN.items():
        folder, name = (TESTS / file).parent, part.split(".")[1]
        source = (TESTS / file).read_text(encoding="utf-8")
        fixtures = folder / "conftest.py"
        known = source + (fixtures.read_text(encoding="utf-8") if fixtures.exists() else "")
        assert "device_vectors.json" in known, file
        assert f'"{name}"' in source, part


class Reports:
    """A HID device that has been told its reports."""

    def __init__(self, *reports: bytes) -> None:
        self.reports, self.written = list(reports), list[bytes]()

    def write_report(self, report: bytes, /) -> None:
        self.written.append(report)

    def read_report(self, *, until: float) -> bytes:
        return self.reports.pop(0) if self.reports else b""

    def close(self) -> None:
        self.reports.clear()


def test_a_hid_reader_is_asked_in_whole_reports_and_its_reply_cut_from_them(vectors: dict[str, Any]) -> None:
    hid, readings = vectors["samv"]["hid"], vectors["samv"]["read_replies"]
    asked = Reports()
    HidStream(asked, SystemClock()).write(codec.encode(codec.FIND.body))
    assert [report.hex().upper() for report in asked.written] == [hid["find_report"]]
    assert {len(report) for report in asked.written} == {hid["report_len"]}
    frame, size = bytes.fromhex(readings[0]["frame"]), hid["report_len"]
    assert len(frame) == 1295
    for late in (0, 1, 3):  # "preamble may start a few bytes in"
        sent = bytes(late) + frame
        reports = [sent[at : at + size].ljust(size, b"\0") for at in range(0, len(sent), size)]
        assert len(reports) == hid["reports_in_1295_byte_reply"]
        stream, decoder, found = HidStream(Reports(*reports), SystemClock()), Decoder(), []
        for _ in reports:
            found += list(decoder.feed(stream.read(until=0.0)))
        found += list(decoder.finish())
        assert [type(item) for item in found] == [Frame]


def test_the_social_cards_application_is_the_published_one(vectors: dict[str, Any]) -> None:
    card = vectors["social_security_card"]
    assert bytes.fromhex(card["aid"]) == APPLICATION
    assert card["aid_text"].removesuffix(" (GBK)").encode("gbk") == APPLICATION


def test_a_virtual_card_answers_every_recorded_message_of_vpcd(vectors: dict[str, Any]) -> None:
    """Over a socket, as pcscd talks; its own ATR and its own length of what selecting tells."""
    messages = vectors["vpcd"]["messages"]
    asked = {each["m"]: bytes.fromhex(each["hex"]) for each in messages if each["dir"] == "pcscd>card"}
    recorded = {each["m"]: bytes.fromhex(each["hex"]) for each in messages if each["dir"] == "card>pcscd"}
    card = SimulatedCard(sample_social_holders()["adult"])
    with socket.create_server(("127.0.0.1", 0)) as pcscd:
        slot = VirtualSlot(pcscd.getsockname()[1])
        slot.insert(card)
        link, _ = pcscd.accept()
        with link, link.makefile("rb") as answers:

            def answer() -> bytes:
                head = answers.read(2)
                return head + bytes(answers.read(int.from_bytes(head, "big")))

            for said in ("power on", "reset", "power off", "power on", "get ATR"):
                link.sendall(asked[said])
            assert answer() == len(card.atr).to_bytes(2, "big") + card.atr, "one answer to all of them"
            assert card.atr[:1] == recorded["ATR answer"][2:3] == b"\x3b"
            link.sendall(asked["APDU"])
            selected = answer()
            assert (selected[:3], len(selected)) == (recorded["R-APDU"][:3], len(recorded["R-APDU"]))
            slot.remove()
            assert answers.read() == b""


def test_the_printer_is_asked_as_published(vectors: dict[str, Any]) -> None:
    requests = {name: bytes.fromhex(hex) for name, hex in vectors["escpos_status"]["requests"].items()}
    assert tuple(requests.pop(n) for n in ("printer", "offline", "error", "paper")) == status.ASK_STATUS
    assert requests == {"asb_all": status.ASB_ALL, "gs_r_paper": status.ASK_PAPER}


def test_the_fixed_bits_of_the_printers_answers_are_the_published_ones(vectors: dict[str, Any]) -> None:
    section = vectors["escpos_status"]
    assert section["rule"] == "(b & 0x93) == 0x12"
    for byte in range(256):
        found = list(status.Decoder().feed(bytes((byte,))))
        assert (found == [status.RealTime(byte)]) == (byte & 0x93 == 0x12), byte
    assert section["asb_rule"] == "byte1 & 0x93 == 0x10; bytes 2-4 & 0x90 == 0"
    for vector in section["asb"]:
        frame = bytearray.fromhex(vector["hex"])
        for place in range(4):
            for bit in (0x80, 0x10):  # the fixed bits that all four bytes have
                frame[place] ^= bit
                assert status.Pushed(bytes(frame)) not in list(status.Decoder().feed(bytes(frame)))
                frame[place] ^= bit


def test_hanzi_are_switched_on_and_off_as_published(vectors: dict[str, Any]) -> None:
    on, off = (bytes.fromhex(vectors["escpos_text"][name]) for name in ("fs_on", "fs_off"))
    assert on == text.HANZI_ON
    parser = Parser()
    parser.feed(on + off)
    assert [parser.take(), parser.take(), parser.take()] == [Command(on), Command(off), None]


def test_identifiers_of_certificates_follow_the_published_rule(vectors: dict[str, Any]) -> None:
    """The check by the rule's own words, and not by the code that is used: ISO 7064 MOD 37,36."""
    assert "MOD 37,36" in vectors["ecert_id"]["rule"]
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for identifier in vectors["ecert_id"]["valid"]:
        *fields, check = identifier.removeprefix("1.2.156.3005.2.").split(".")
        rest = 36
        for sign in "".join(fields):
            rest = (rest + signs.index(sign)) % 36 or 36
            rest = rest * 2 % 37
        assert signs[(37 - rest) % 36] == check
        found = parse(identifier)
        assert found is not None
        assert found.holds
        for wrong in set(signs) - {check}:
            other = parse(identifier[:-1] + wrong)
            assert other is not None
            assert not other.holds
