"""A catalogue is built whole, the same each time, and takes its place at once."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hall.catalogue.build import _settle, build
from hall.catalogue.file import Catalogue
from hall.catalogue.gathering import Addresses
from hall.catalogue.intake import Remark
from hall.catalogue.model import Material
from tests.unit.hall.catalogue_core.small_catalogue import DAY, HEADER, KEY, WORDS, bundle, guide, made, read

ROOT = Path(__file__).parents[4]
FULL: dict[str, Any] = {
    "id": "full",
    "name": "居民身份证申领",
    "name_en": "Identity card",
    "main_name": "居民身份证",
    "everyday": ("办身份证", "补身份证"),
    "codes": {"task": "11371521004200000A4370109001000", "basic": "370109001000", "local": "X-1"},
    "type": "行政确认",
    "type_code": "07",
    "level": "县级",
    "region": "371521",
    "region_name": "清源县",
    "office": {"name": "清源县公安局", "code": "", "kind": "法定机关"},
    "audience": ("自然人",),
    "themes": ("证件办理",),
    "events": ("出生",),
    "valid_from": "2020-01-01",
    "valid_until": "2030-12-31",
    "plain": '第一行\n第二行\t末尾 "引号" \\ 反斜杠 <b>标记</b>',
    "conditions": "年满 16 周岁",
    "cases": (
        {
            "id": "who",
            "question": "谁来办？",
            "options": ({"id": "self", "label": "本人"}, {"id": "other", "label": "代办"}),
        },
    ),
    "materials": (
        {"name": "户口簿", "issuer": "公安机关", "original": "both", "copies": 1, "form": "paper"},
        {"name": "委托书", "necessity": "required", "when": ({"case": "who", "options": ("other",)},)},
    ),
    "steps": ({"name": "受理", "limit": {"value": 1, "unit": "工作日"}, "result": "受理单"},),
    "legal_limit": {"value": 60, "unit": "自然日"},
    "promised_limit": {"value": 0},
    "fee_free": False,
    "fees": ({"name": "工本费", "standard": "20 元/证", "basis": "发改价格"},),
    "bases": ({"title": "居民身份证法", "article": "第三条", "text": "应当申领"},),
    "visits": 0,
    "places": (
        {"name": "二楼", "address": "振兴路 1 号", "windows": "3-5", "hours": "9:00", "phone": "0635-1"},
    ),
    "consult_phones": ("0635-2",),
    "complaint_phones": ("12345",),
    "results": ({"name": "居民身份证", "kind": "证照"},),
    "online": {"url": "https://example.org/1"},
    "kiosk": True,
    "queue": "id",
    "faqs": ({"question": "多久？", "answer": "一个月"},),
    "more": ({"name": "通办范围", "value": "全省"},),
    "source": "test",
}


def test_a_guide_is_read_to_the_letter(tmp_path: Path) -> None:
    full = guide(**FULL)
    catalogue = read(tmp_path / "c", full, guide())
    assert catalogue.guide("full") == full
    assert catalogue.page("full") == full
    assert catalogue.guide("nobody") is None
    assert list(catalogue.guide_ids()) == ["card", "full"]


def test_a_bundle_is_read_to_the_letter(tmp_path: Path) -> None:
    whole = bundle(
        plain="两件事一起办", materials=({"name": "身份证"},), limit={"value": 5}, events=("退休",)
    )
    catalogue = read(tmp_path / "c", guide(), guide("pension", "养老金申领"), whole)
    assert catalogue.bundle("retire") == whole
    assert catalogue.page("retire") == whole
    assert catalogue.guide("retire") is None


def test_what_guides_share_is_stored_once(tmp_path: Path) -> None:
    regions = ("371521", "371522", "371500")
    needs: dict[str, Any] = {"materials": (Material(name="身份证"),), "conditions": "持卡人"}
    made(tmp_path / "c", *(guide(f"g{region}", region=region, **needs) for region in regions))
    with sqlite3.connect(tmp_path / "c") as db:
        texts = [text for (text,) in db.execute("SELECT text FROM part")]
    assert sum("持卡人" in text for text in texts) == 1
    assert sum("社会保障卡挂失" in text for text in texts) == 1


def test_the_version_is_the_revision_and_the_content(tmp_path: Path) -> None:
    one = made(tmp_path / "1", guide()).about
    other = made(tmp_path / "2", guide(conditions="有卡")).about
    assert one.version == f"2026112201-{one.content[:8]}"
    assert one.content != other.content
    assert (one.hall, one.guides, one.bundles, one.names, one.published) == ("qingyuan", 1, 0, 1, DAY)
    assert Catalogue.open(tmp_path / "1").about == one


def test_the_day_of_publication_is_signed_and_is_not_content(tmp_path: Path) -> None:
    assert made(tmp_path / "1", guide()).about.content == made(tmp_path / "2", guide()).about.content


def test_the_header_and_the_words_are_inside(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", guide())
    assert catalogue.header == HEADER
    assert catalogue.vocabulary == WORDS
    assert catalogue.hot() == ("社保卡",)


def test_two_processes_with_other_hash_seeds_build_the_same_bytes(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.unit.hall.catalogue_core.small_catalogue import bundle, guide, made
from tests.unit.hall.catalogue_core.test_catalogue_build import FULL
regions = ("371521", "371500", "370000", "371522")
two = {"audience": ("自然人", "法人")}
pages = [guide(f"g{i}-{r}", f"事项{i}", r, themes=(f"主题{i % 3}", "社会保障"), events=(f"事{i}",), **two)
         for i in range(20) for r in regions]
made(Path(sys.argv[1]), *pages, guide(**FULL), bundle(members=("full", "g1-371521"), everyday=("甲", "乙")))
"""
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", script, str(tmp_path / seed)]
        subprocess.run(command, env=environment, check=True, cwd=ROOT)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_the_order_of_the_sources_does_not_matter(tmp_path: Path) -> None:
    pages = [guide(f"g{i}", f"事项{i}", conditions=f"条件{i % 2}") for i in range(9)]
    made(tmp_path / "1", *pages)
    made(tmp_path / "2", *reversed(pages))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_the_header_tells_nothing_of_the_writer(tmp_path: Path) -> None:
    made(tmp_path / "c", guide())
    usual = (tmp_path / "c").read_bytes()
    with sqlite3.connect(tmp_path / "c") as db:
        db.execute("PRAGMA user_version = 7")  # counts a change, and notes the library's version
    db.close()
    with (tmp_path / "c").open("r+b") as file:
        _settle(file.fileno())
    assert (tmp_path / "c").read_bytes() == usual[:60] + (7).to_bytes(4, "big") + usual[64:]


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    read(tmp_path / "c", guide()).search("社保卡")
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_a_build_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    made(tmp_path / "c", guide())
    before = (tmp_path / "c").read_bytes()

    def breaking() -> Any:
        yield "source#1", guide("other")
        raise OSError("the source went away")

    with pytest.raises(OSError, match="went away"):
        build(breaking(), HEADER, WORDS, tmp_path / "c", KEY, DAY)
    assert (tmp_path / "c").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    made(tmp_path / "c", guide())
    before = (tmp_path / "c").read_bytes()
    script = """
import resource, sys
from pathlib import Path
from tests.unit.hall.catalogue_core.small_catalogue import guide, made
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
made(Path(sys.argv[1]), guide("other"))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(tmp_path / "c")]
    failed = subprocess.run(command, env=environment, check=False, cwd=ROOT, capture_output=True)
    assert failed.returncode == 1
    assert b"sqlite3.OperationalError" in failed.stderr
    assert (tmp_path / "c").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_two_texts_never_share_a_key() -> None:
    addresses = Addresses()
    first, again = addresses.key("a"), addresses.key("a")
    assert (first[1], again) == (True, (first[0], False))
    addresses._digests = {first[0]: b"the digest of another text"}
    assert addresses.key("a") == (first[0] + 1, True)
    assert addresses.key("a") == (first[0] + 1, False)


def test_a_folder_that_is_not_there_is_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        made(tmp_path / "nowhere" / "c", guide())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_catalogue_is_one(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c")
    assert catalogue.about.guides == 0
    assert catalogue.search("社保卡").entries == ()
    assert catalogue.shelves("theme") == ()


def test_an_importers_remark_comes_through(tmp_path: Path) -> None:
    remark = Remark("source#1", "name", "element.absent", "no name", refused=True)
    report = build([remark, ("source#2", guide())], HEADER, WORDS, tmp_path / "c", KEY, DAY)
    assert report.remarks == (remark,)
    assert (report.counts.rows, report.counts.guides, report.counts.refused) == (2, 1, 1)
    assert report.reasons() == [("element.absent", 1, 0)]


def test_progress_is_told_for_each_phase(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    made(tmp_path / "c", guide(), progress=lambda *said: told.append(said))
    assert {phase for phase, _, _ in told} == {"rows", "search", "seal"}
    assert ("rows", 1, 1) in told
    assert told[-1] == ("seal", 2, 2)
