"""Over HTTP: what changes a terminal's settings is a draft, and so is where it stands."""

from collections.abc import Iterator

import pytest

from provisioning.centre.layers import LayerChange, write
from provisioning.centre.placement import Placement
from provisioning.centre.registry import Group, save_group
from provisioning.centre.rights import CENTRE
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import Centre, Machine, browser, code, place, sign_in

GROUPS = (Group("loud", "响亮", 5), Group("plain", "普通", 1))


@pytest.fixture
def net(centre: Centre) -> Iterator[Browser]:
    with centre.database.write() as connection:
        for group in GROUPS:
            save_group(connection, CENTRE, group, at=1.0)
        write(connection, CENTRE, LayerChange("group", "loud", 0, {"voice": {"volume": 90}}), at=1.0)
    centre.hire("oper", "operator")
    centre.hire("wu", "approver")
    with browser(centre.app()) as some:
        for hall, terminal in (("qy", "qy-k01"), ("ly", "ly-k01")):
            asked = some.post("/v1/enrolments", json=Machine(f"SN-{terminal}").request.model_dump()).json()
            centre.enrolments.approve(CENTRE, asked["code"], Placement.model_validate(place(terminal, hall)))
        yield some


def test_regrouping_is_done_at_once_or_becomes_a_draft(centre: Centre, net: Browser) -> None:
    csrf = sign_in(net, "oper")
    ids = ["qy-k01", "ly-k01"]
    plain = net.post("/v1/terminals/regroup", json={"terminals": ids, "add": ["plain"]}, headers=csrf)
    assert plain.json() == {"changed": sorted(ids), "draft": None}
    loud = net.post("/v1/terminals/regroup", json={"terminals": ids, "add": ["loud"]}, headers=csrf).json()
    assert loud["changed"] == []
    assert net.get("/v1/terminals/qy-k01").json()["groups"] == ["plain"]
    draft = net.get(f"/v1/drafts/{loud['draft']}").json()
    assert (draft["state"], draft["author"], len(draft["changes"])) == ("draft", "oper", 2)
    check = net.get(f"/v1/drafts/{draft['id']}/check").json()
    assert [(one["path"], one["after"], one["among"]["terminals"]) for one in check["differences"]] == [
        ("voice.volume", 90, 2)
    ]
    at = {"version": draft["version"]}
    sent = net.post(f"/v1/drafts/{draft['id']}/submit", json=at, headers=csrf).json()
    at = {"version": sent["version"]}
    assert code(net.post(f"/v1/drafts/{draft['id']}/approve", json=at, headers=csrf)) == "403 auth.forbidden"
    csrf = sign_in(net, "wu")
    assert net.post(f"/v1/drafts/{draft['id']}/approve", json=at, headers=csrf).json()["state"] == "approved"
    assert net.get("/v1/terminals/qy-k01").json()["groups"] == ["plain"]


def test_a_terminal_is_moved_by_a_draft_that_can_be_written_by_hand_too(centre: Centre, net: Browser) -> None:
    csrf = sign_in(net, "oper")
    there = {"hall": "ly", "role": "terminal", "name": "一号"}
    made = net.put("/v1/terminals/qy-k01", json=there, headers=csrf).json()
    assert made["changed"] == []
    layer = net.get("/v1/layers/registry?key=qy-k01").json()
    assert (layer["version"], layer["values"]["hall"]) == (1, "qy")
    changes = net.get(f"/v1/drafts/{made['draft']}").json()["changes"]
    assert changes == [{"kind": "registry", "key": "qy-k01", "base": 1, "values": there}]
    again = net.post("/v1/drafts", json={"title": "x", "changes": changes}, headers=csrf)
    assert again.status_code == 201
    diff = net.get(f"/v1/drafts/{again.json()['id']}/diff/qy-k01").json()
    assert {one["path"]: one["after"] for one in diff} == {"name": "一号", "source.hall": "ly"}
