"""The scripted day: everything it promises is there, and a marked person is nowhere."""

import json
import shutil
import wave
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from drivers.idcard.layouts import CardHolder, IdCard
from drivers.idcard.numbers import CardKind, mod_11_2
from hall.journal.verify import verify
from hall.outside import invented
from tongyuan.hall_commands import SITE
from tongyuan.tour import tour

pytestmark = pytest.mark.timeout(420)

NAME, ADDRESS = "甄标记𠮷", "无此省标记县画押路八千八百八十八号"
DIGITS = "37990019391117882"
NUMBER = DIGITS + mod_11_2(DIGITS)
MARKED = IdCard(
    CardHolder(
        kind=CardKind.CITIZEN,
        number=NUMBER,
        name=NAME,
        sex="2",
        ethnic_group="01",
        birth="19391117",
        address=ADDRESS,
        issuer="标记县公安局",
        valid_from="20200101",
        valid_to="长期",
    ),
    photo=b"WLf-marked-photo-" * 60,
)


@dataclass(frozen=True)
class Day:
    out: Path
    work: Path
    report: dict[str, object]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    out, work = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("work")
    assert tour(SITE, out, card=MARKED, work=work) == 0
    return Day(out, work, json.loads((out / "tour.json").read_text(encoding="utf-8")))


def _records(day: Day) -> list[dict[str, object]]:
    journal = (day.out / "journal" / "journal.jsonl").read_text(encoding="utf-8")
    return [json.loads(line).get("record", {}) for line in journal.splitlines()]


def _told(day: Day, kind: str) -> list[dict[str, object]]:
    """What the events of one kind say, in order."""
    return [record["data"] for record in _records(day) if record.get("type") == kind]  # type: ignore[misc]


def test_six_citizens_got_six_numbers_and_the_journal_is_accepted(day: Day) -> None:
    social = {f"citizen {n}": f"B00{n}" for n in (1, 2, 3, 4)}
    assert day.report["numbers"] == social | {"citizen 6": "F001", "citizen 7": "C001"}
    assert verify(day.out / "journal" / "journal.sqlite").accepted
    kinds = [record.get("type") for record in _records(day)]
    for kind in ("ticket_recalled", "ticket_missed", "ticket_returned", "ticket_transferred", "day_closed"):
        assert kinds.count(kind) == 1, kind
    assert (kinds.count("ticket_taken"), kinds.count("ticket_finished")) == (6, 4)


def test_certificates_that_went_with_a_number_are_in_the_journal_as_counts_and_one_view(day: Day) -> None:
    (attached,) = _told(day, "certificates_attached")
    (viewed,) = _told(day, "certificate_viewed")
    assert attached.keys() == {"ticket", "count"}
    assert attached["count"] == 3
    assert viewed.keys() == {"ticket", "window", "place"}
    assert (viewed["ticket"], viewed["window"], viewed["place"]) == (attached["ticket"], "13", 1)


def test_the_appointment_was_checked_in_with_a_number_of_its_class(day: Day) -> None:
    (checked_in,) = [taken for taken in _told(day, "ticket_taken") if taken["appointment"]]
    assert (checked_in["number"], checked_in["priority"]) == ("C001", "appointment")


def test_who_showed_certificates_is_in_no_file(day: Day) -> None:
    """The citizens of the hall's own phones; the canary looks further."""
    people = [text for holder in invented() for text in (holder.name, holder.number) if len(text) > 3]
    needles = {text.encode(encoding) for text in people for encoding in ("utf-8", "utf-16-le", "gb18030")}
    for root in (day.out, day.work):
        for path in (path for path in root.rglob("*") if path.is_file()):
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path.name


def test_the_fourth_number_is_for_the_item_that_was_read_in_the_version_that_was_read(day: Day) -> None:
    taken = _told(day, "ticket_taken")
    assert [number["item"] for number in taken[:3]] == [None] * 3
    assert taken[3]["item"] == "social-card-replace"
    assert taken[3]["item_name"] == "社会保障卡补办"
    shelf = json.loads((day.work / "hall" / "catalogue" / "shelf.json").read_text(encoding="utf-8"))
    assert taken[3]["catalogue"] == shelf["versions"][0]["version"]


def _noted(day: Day, step: str) -> dict[str, object]:
    """What the tour wrote down at ``step``."""
    steps: list[dict[str, object]] = day.report["steps"]  # type: ignore[assignment]
    return next(one for one in steps if str(one["step"]).startswith(step))


def test_a_bad_configuration_was_stopped_and_the_terminal_is_on_its_last_good_one(day: Day) -> None:
    noted = _noted(day, "fleet: the terminal took itself back")
    assert noted["running"] == noted["good"] != noted["tried"]
    assert str(noted["why"]).startswith("rollout.")


def test_the_centre_counts_what_the_hall_s_journal_says(day: Day) -> None:
    noted = _noted(day, "fleet: the hall's journal is at the centre")
    assert (noted["taken"], noted["served"]) == (6, 4)
    assert noted["channels"] == {"terminal": 5, "appointment": 1}


def test_every_screen_is_a_picture_that_shows_something(day: Day) -> None:
    pictures = sorted((day.out / "screens").glob("*.png"))
    assert len(pictures) >= 20
    for path in pictures:
        with Image.open(path) as picture:
            assert len(picture.convert("L").getcolors(256) or []) > 8, path.name


def test_five_numbers_and_a_notice_came_out_and_the_third_number_has_no_paper(day: Day) -> None:
    assert len(list((day.out / "papers").glob("*.png"))) == 6


def test_the_voice_is_sound(day: Day) -> None:
    files = list((day.out / "voice").rglob("*.wav"))
    assert len(files) == 7, "six calls and a recall"
    for file in files:
        with wave.open(str(file)) as sound:
            frames = sound.readframes(sound.getnframes())
        assert max(frames[1::2]) > 5, file.name


def test_the_marked_person_is_in_no_file_page_log_or_message(day: Day) -> None:
    marks = [NAME, NAME[:3], NUMBER, ADDRESS, ADDRESS[:6], "标记县公安局", "19391117"]
    needles = {
        mark.encode(encoding) for mark in marks for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
    } | {NUMBER.encode().hex().encode(), b"WLf-marked-photo-", json.dumps(NAME).encode().strip(b'"')}
    looked = 0
    for root in (day.out, day.work):
        for path in root.rglob("*"):
            if path.is_file():
                looked += 1
                content = path.read_bytes()
                found = [needle for needle in needles if needle in content]
                assert not found, f"{path.relative_to(root)} holds what a card said"
    assert looked > 40


def test_a_journal_with_one_changed_byte_is_rejected(day: Day, tmp_path: Path) -> None:
    original = day.out / "journal" / "journal.sqlite"
    size = original.stat().st_size
    seal = original.with_suffix(".sha256")
    for at in range(0, size, max(1, size // 60)):
        changed = tmp_path / "journal.sqlite"
        shutil.copy(seal, changed.with_suffix(".sha256"))
        data = bytearray(original.read_bytes())
        data[at] ^= 0x01
        changed.write_bytes(data)
        assert not verify(changed).accepted, f"byte {at}"


def test_an_exported_journal_with_one_changed_byte_is_rejected(day: Day, tmp_path: Path) -> None:
    original = (day.out / "journal" / "journal.jsonl").read_bytes()
    changed = tmp_path / "journal.jsonl"
    changed.write_bytes(original)
    assert verify(changed).accepted
    for at in range(0, len(original), max(1, len(original) // 200)):
        data = bytearray(original)
        data[at] ^= 0x01
        changed.write_bytes(data)
        assert not verify(changed).accepted, f"byte {at}"
