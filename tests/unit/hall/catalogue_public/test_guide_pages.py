"""Guides on a phone: everything the guide says, no script, harmless whatever the texts hold."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hall.api.guides import Guides
from hall.catalogue.links import guide_path
from hall.catalogue.model import Guide, Material
from tests.unit.hall.catalogue_public.asking import Asking
from tests.unit.hall.small_catalogue import CARD, GUIDES, OFFICE, write_catalogue


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Asking]:
    yield from serving(write_catalogue(tmp_path))


def serving(path: Path) -> Iterator[Asking]:
    guides = Guides(lambda: path)
    yield Asking(guides)
    guides.close()


class Text(HTMLParser):
    """What a reader sees, and which elements and addresses there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said, self.tags, self.links = "", set[str](), list[str]()
        self._skip = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._skip = tag in ("style", "script")
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        self._skip = False

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.said += data


def texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


def test_every_element_stands_on_the_page_to_the_letter(client: Asking) -> None:
    said = Text(client.get("/g/card").text).said
    shown = CARD.model_dump(mode="json", exclude={"id", "queue", "region", "kiosk", "cases"})
    codes = {"required", "later", "original", "who", "other", "in_force", "工作日"}  # said in words
    for text in set(texts(shown)) - codes - {""}:
        assert text in said, text
    for case in CARD.cases:
        assert case.question in said
        assert all(option.label in said for option in case.options)


def test_answers_in_the_address_choose_the_materials(client: Asking) -> None:
    everything = Text(client.get("/g/card").text).said
    alone = Text(client.get(guide_path("card", {"who": "self"})).text).said
    assert "代办人身份证" in everything
    assert "代办人身份证" not in alone
    assert "本人来" in alone


def test_the_pages_work_without_script_and_load_nothing_from_elsewhere(client: Asking) -> None:
    for path in ("/g", "/g?q=社保卡", "/g/by/theme", "/g/card", "/g/shop", "/g/health-code", "/g/nothing"):
        response = client.get(path)
        page = Text(response.text)
        assert not page.tags & {"script", "img", "iframe", "link", "object"}, path
        assert "script-src" not in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_every_link_of_the_pages_leads_to_a_page(client: Asking) -> None:
    seen, todo = set[str](), ["/g", "/g?q=社保卡"]
    while todo:
        path = todo.pop()
        if path in seen or not path.startswith("/g"):
            continue
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200, path
        base = path.partition("?")[0]
        for link in Text(response.text).links:
            link = unescape(link).partition("#")[0]
            todo.append(base + link if link.startswith("?") else link)
    assert {f"/g/{guide.id}" for guide in GUIDES if guide.state == "in_force"} <= seen


def test_a_withdrawn_item_says_so_and_where_to_go_instead(client: Asking) -> None:
    page = Text(client.get("/g/health-code").text)
    assert "已经取消" in page.said
    assert "不再查验健康码。" in page.said
    assert "/g/idcard" in page.links


def test_a_bundle_names_its_members(client: Asking) -> None:
    page = Text(client.get("/g/shop").text)
    assert {"/g/food", "/g/idcard"} <= set(page.links)


def test_the_page_names_the_version_it_is_from(client: Asking) -> None:
    response = client.get("/g/card")
    assert response.headers["X-Catalogue-Version"] in Text(response.text).said


def test_markup_in_a_guide_is_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"
    guide = Guide(
        id="hostile",
        name=hostile,
        office=OFFICE,
        plain=hostile,
        materials=(Material(name=hostile, note=hostile),),
    )
    for client in serving(write_catalogue(tmp_path, guides=[*GUIDES, guide])):
        html = client.get("/g/hostile").text
        page = Text(html)
        assert not page.tags & {"script", "img"}
        assert page.said.count(hostile) >= 4
        assert "49" not in re.sub(r"[0-9a-f]{8}", "", page.said)


@pytest.mark.parametrize("query", ["who=nobody", "nothing=1", "a" * 3000, "who=self&who=other", "%ff=%00"])
def test_whatever_stands_in_the_address_is_harmless(client: Asking, query: str) -> None:
    response = client.get(f"/g/card?{query}")
    assert response.status_code == 200
    assert "居民身份证" in response.text
