"""A picture of the screen comes back over HTTP, once, and is shown to whoever may see the terminal."""

import json
from base64 import b64decode
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from provisioning.centre.commands import MOST_ARTEFACT
from provisioning.centre.placement import Placement
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import Centre, Machine, browser, code, place, sign_in

PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture
def net(centre: Centre) -> Iterator[Browser]:
    centre.hire("oper", "operator", "qy")
    centre.hire("far", "operator", "ly")
    with browser(centre.app()) as net:
        asked = net.post("/v1/enrolments", json=Machine().request.model_dump()).json()
        centre.enrolments.approve(CENTRE, asked["code"], Placement.model_validate(place()))
        yield net


def order(centre: Centre, net: Browser) -> tuple[str, str]:
    """The command's id and the one-time address that the terminal was told."""
    csrf = sign_in(net, "oper")
    said = net.post("/v1/commands", json={"terminals": ["qy-k01"], "verb": "screenshot"}, headers=csrf)
    assert said.status_code == 201, said.text
    assert said.json()["sent"] == 1
    command = json.loads(b64decode(json.loads(centre.said[-1][2])["doc"]))
    return command["id"], command["args"]["put"]


def test_a_picture_comes_once_and_is_seen_by_whoever_sees_the_terminal(centre: Centre, net: Browser) -> None:
    command, put = order(centre, net)
    with browser(centre.app()) as terminal:
        assert terminal.put(put, content=PICTURE, headers={"X-Tongyuan-Masked": "1"}).status_code == 204
        assert code(terminal.put(put, content=PICTURE)) == "404 artefact.unknown"
    shown = net.get(f"/v1/commands/{command}/artefact")
    assert (shown.content, shown.headers["content-type"]) == (PICTURE, "image/png")
    assert shown.headers["cache-control"] == "no-store"
    with centre.database.read() as db:
        assert db.scalar(select(t.artefacts.c.masked)) is True
    with browser(centre.app()) as far:
        sign_in(far, "far")
        assert code(far.get(f"/v1/commands/{command}/artefact")) == "403 auth.forbidden"
        assert far.get("/v1/commands").json() == []


def test_the_address_is_told_to_the_terminal_alone(centre: Centre, net: Browser) -> None:
    _, put = order(centre, net)
    token = put.rsplit("/", 1)[1]
    assert token not in net.get("/v1/commands").text
    assert token not in net.get("/v1/audit").text
    with centre.database.read() as db:
        assert token not in str(db.execute(select(t.commands)).all())


def test_what_is_no_picture_or_too_large_or_late_is_refused(centre: Centre, net: Browser) -> None:
    with browser(centre.app()) as terminal:
        assert code(terminal.put(order(centre, net)[1], content=b"GIF89a")) == "422 artefact.invalid"
        large = PICTURE + b"x" * MOST_ARTEFACT
        assert code(terminal.put(order(centre, net)[1], content=large)) == "413 request.too_large"
        late = order(centre, net)[1]
        centre.time.at += 46
        assert code(terminal.put(late, content=PICTURE)) == "404 artefact.unknown"
    with centre.database.read() as db:
        assert db.execute(select(t.artefacts)).first() is None
