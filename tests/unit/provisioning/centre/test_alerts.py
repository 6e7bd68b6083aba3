"""Alerts: opened once, told once, silent in a silence, over by themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.centre import happened
from provisioning.centre.alerts import Alert, AlertRefused, Alerts
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.signs import BY_STATE, KINDS, Severity, Sign, held, signs
from provisioning.centre.store.database import Database
from provisioning.uplink import BEHIND, FORKED, UNREAD
from provisioning.wire.messages import Fault, Health, Paper, Presence
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

OPERATOR = Actor("陈工", "operator")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def health(**changes: Any) -> Health:
    values: dict[str, Any] = {
        "sid": "s1",
        "at": datetime.fromtimestamp(1_000_000, UTC),
        "up_seconds": 60,
        "rev": 1,
        "screen": "welcome",
        "devices": {"reader": "", "printer": ""},
        "paper": Paper(state="ok"),
    }
    return Health.model_validate(values | changes)


def live(presence: str = "online", said: Health | None = None, **changes: Any) -> Live:
    one = Live("k1", "qy", "main", "terminal", "terminal", "1 号", ("vip",), 1, "", None, False)
    return replace(one, presence=presence, health=said, **changes)  # type: ignore[arg-type]


def kinds(one: Live, *open_now: str) -> list[str]:
    return [sign.kind for sign in signs(one, open_now)]


# -- signs ------------------------------------------------------------------------------------------------


def test_a_healthy_terminal_shows_nothing() -> None:
    assert kinds(live(said=health())) == []


@pytest.mark.parametrize(
    ("said", "kind", "severity"),
    [
        ({"paper": Paper(state="out")}, "paper_out", "critical"),
        ({"paper": Paper(state="low")}, "paper_low", "warning"),
        ({"devices": {"printer": "fault.cover_open"}}, "cover", "warning"),
        ({"devices": {"reader": "fault.reader_gone"}}, "reader", "critical"),
        ({"devices": {"scanner": "fault.scanner"}}, "device", "warning"),
        ({"disk_free_mb": 400}, "disk", "warning"),
        ({"disk_free_mb": 50}, "disk", "critical"),
        ({"certificate_days": 20}, "certificate", "warning"),
        ({"certificate_days": 3}, "certificate", "critical"),
        ({"restarts": 5, "screen": ""}, "crash_loop", "critical"),
    ],
)
def test_each_fault_has_its_kind_and_severity(said: dict[str, Any], kind: str, severity: str) -> None:
    assert [(s.kind, s.severity) for s in signs(live(said=health(**said)))] == [(kind, severity)]


@pytest.mark.parametrize(
    ("code", "severity"), [(BEHIND, "critical"), (FORKED, "critical"), (UNREAD, "warning")]
)
def test_what_an_uplink_says_of_its_journal_is_an_alert_of_the_hall(code: str, severity: str) -> None:
    (sign,) = signs(live(said=health(hall=code), kind="hall"))
    assert (sign.kind, sign.severity, sign.code) == ("journal", severity, code)
    assert kinds(live(said=health(hall=""), kind="hall")) == []


def test_a_terminal_that_does_not_reach_its_hall_has_no_alert_of_a_journal() -> None:
    assert kinds(live(said=health(hall="hall.unreachable"))) == []


def test_a_terminal_that_is_offline_shows_only_that() -> None:
    assert kinds(live("offline", health(paper=Paper(state="out")))) == ["offline"]


def test_a_wrong_clock_and_drift_are_seen() -> None:
    assert kinds(live(said=health(), skew=-3600.0)) == ["clock"]
    assert kinds(live(said=health(), reported_state="drifted", fault=Fault(code="config.drifted"))) == [
        "drift"
    ]


@given(st.floats(0, 200))
def test_paper_does_not_flicker_around_its_limit(minutes: float) -> None:
    low, still = (
        bool(kinds(live(said=health(), paper_minutes=minutes), *had)) for had in ((), ("paper_low",))
    )
    assert low == (minutes < 45)
    assert still == (minutes < 75)


@given(
    st.sampled_from(["online", "offline", "unknown"]),
    st.dictionaries(st.text(max_size=8), st.just("fault.x")),
)
def test_every_sign_is_of_a_known_kind_and_each_kind_shows_once(
    presence: str, devices: dict[str, str]
) -> None:
    found = kinds(live(presence, health(devices=devices)))
    assert set(found) <= set(BY_STATE) <= set(KINDS)
    assert len(found) == len(set(found))


def test_nothing_can_be_said_of_whom_nobody_can_hear() -> None:
    assert held(live("unknown"))


# -- alerts -----------------------------------------------------------------------------------------------


class Office:
    """Alerts over a real fleet of four terminals in two halls."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.told = database, Clock(), list[list[Alert]]()
        for hall in ("qy", "ls"):
            add_hall(database, hall)
        for name in ("qy-k1", "qy-k2", "qy-k3"):
            add_terminal(database, name)
        add_terminal(database, "ls-k1", "ls", groups=["vip"])
        self.fleet = Fleet(database, self.clock)
        self.fleet.load()
        self.fleet.link("main", True)
        self.alerts = Alerts(database, self.fleet, self.clock, lambda some: self.told.append(list(some)))
        self.fleet.listen(self.alerts.changed)
        self.alerts.load()
        for terminal in [one.id for one in self.fleet]:
            self.says(terminal)
        self.alerts.sweep()
        self.told.clear()

    def says(self, terminal: str, **changes: Any) -> None:
        self.fleet.heard_health(terminal, health(at=datetime.fromtimestamp(self.clock(), UTC), **changes))

    def gone(self, *terminals: str) -> None:
        for terminal in terminals:
            will = Presence(on=False, sid="s1", at=datetime.fromtimestamp(self.clock(), UTC))
            assert self.fleet.heard_presence(terminal, will)

    def happened(self, sign: Sign) -> None:
        with self.database.write() as db:
            happened.note(db, "hall-qy", "qy", sign, at=self.clock())

    def open(self, **filters: Any) -> list[tuple[str, str]]:
        return [(row["terminal"], row["kind"]) for row in self.alerts.listed(OPERATOR, **filters)]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def names(some: Sequence[Alert]) -> list[tuple[str, str, bool]]:
    return sorted((alert.terminal, alert.sign.kind, alert.over) for alert in some)


def test_an_alert_opens_once_is_told_once_and_resolves_by_itself(office: Office) -> None:
    for _ in range(3):
        office.says("qy-k1", paper=Paper(state="out"))
        office.alerts.sweep()
    assert [names(turn) for turn in office.told] == [[("qy-k1", "paper_out", False)]]
    office.says("qy-k1")
    office.alerts.sweep()
    assert names(office.told[-1]) == [("qy-k1", "paper_out", True)]
    assert office.open() == []
    assert office.open(state="all") == [("qy-k1", "paper_out")]


def test_a_hall_without_power_is_one_notification(office: Office) -> None:
    office.gone("qy-k1", "qy-k2", "qy-k3")
    office.alerts.sweep()
    assert [names(turn) for turn in office.told] == [
        [("qy-k1", "offline", False), ("qy-k2", "offline", False), ("qy-k3", "offline", False)]
    ]


def test_a_centre_that_hears_nobody_opens_and_resolves_nothing(office: Office) -> None:
    office.says("qy-k1", paper=Paper(state="out"))
    office.alerts.sweep()
    office.fleet.link("main", False)
    office.alerts.sweep()
    assert office.open() == [("qy-k1", "paper_out")]
    assert len(office.told) == 1


def test_what_was_wrong_with_a_terminal_that_goes_is_not_taken_for_mended(office: Office) -> None:
    office.says("qy-k1", paper=Paper(state="out"))
    office.alerts.sweep()
    office.gone("qy-k1")
    office.alerts.sweep()
    assert sorted(office.open()) == [("qy-k1", "offline"), ("qy-k1", "paper_out")]
    office.says("qy-k1")
    office.alerts.sweep()
    assert office.open() == []


def test_what_gets_worse_is_told_again(office: Office) -> None:
    for free in (400, 350, 50):
        office.says("qy-k1", disk_free_mb=free)
        office.alerts.sweep()
    assert [alert.sign.severity for turn in office.told for alert in turn] == ["warning", "critical"]
    assert office.open() == [("qy-k1", "disk")]


def test_alerts_survive_the_centre_s_restart(office: Office, database: Database) -> None:
    office.says("qy-k1", paper=Paper(state="out"))
    office.alerts.sweep()
    told: list[Sequence[Alert]] = []
    again = Alerts(database, office.fleet, office.clock, told.append)
    again.load()
    again.sweep()
    assert told == []
    office.says("qy-k1")
    again.changed(None, office.fleet.get("qy-k1"))
    again.sweep()
    assert names(told[0]) == [("qy-k1", "paper_out", True)]


@pytest.mark.parametrize(
    ("scope", "key"), [("fleet", ""), ("hall", "ls"), ("terminal", "ls-k1"), ("group", "vip")]
)
def test_nobody_is_told_in_a_silence_and_everybody_when_it_ends_and_it_is_still_wrong(
    office: Office, scope: str, key: str
) -> None:
    at = office.clock()
    office.alerts.silence(OPERATOR, scope, key, "", at, at + 3600, "换班 shift change")
    office.says("ls-k1", paper=Paper(state="out"))
    office.alerts.sweep()
    assert office.told == []
    assert office.open() == [("ls-k1", "paper_out")]
    office.clock.now += 3600
    office.alerts.sweep()
    assert [names(turn) for turn in office.told] == [[("ls-k1", "paper_out", False)]]


def test_what_comes_and_goes_in_a_silence_is_never_told(office: Office) -> None:
    at = office.clock()
    office.alerts.silence(OPERATOR, "hall", "qy", "paper_out", at, at + 600, "")
    for state in ("out", "ok"):
        office.says("qy-k1", paper=Paper(state=state))
        office.alerts.sweep()
    office.says("qy-k2", devices={"reader": "fault.reader_gone"})  # another kind is told
    office.alerts.sweep()
    assert [names(turn) for turn in office.told] == [[("qy-k2", "reader", False)]]


def test_a_daily_silence_holds_at_its_hours_every_day(office: Office) -> None:
    at = office.clock()
    office.alerts.silence(OPERATOR, "fleet", "", "", at, at + 3600, "夜间 nightly restart", daily=True)
    told = []
    for later in (86_400 * 3 + 60, 86_400 * 4 + 7200):
        office.clock.now = at + later
        office.says("qy-k1", paper=Paper(state="out"))
        office.alerts.sweep()
        told.append(len(office.told))
        office.says("qy-k1")
        office.alerts.sweep()
    assert told == [0, 1]


def test_a_silence_can_be_taken_back(office: Office) -> None:
    at = office.clock()
    made = office.alerts.silence(OPERATOR, "fleet", "", "", at, at + 3600, "")
    office.alerts.unsilence(OPERATOR, made)
    assert office.alerts.silences() == []


@pytest.mark.parametrize(
    ("scope", "kind", "length"),
    [("planet", "", 60), ("fleet", "weather", 60), ("fleet", "", 0), ("fleet", "", -5), ("terminal", "", 60)],
)
def test_a_silence_that_makes_no_sense_is_refused(
    office: Office, scope: str, kind: str, length: float
) -> None:
    at = office.clock()
    with pytest.raises(AlertRefused):
        office.alerts.silence(
            OPERATOR, scope, "no-such" if scope == "terminal" else "", kind, at, at + length, ""
        )


def test_a_person_acknowledges_once_and_only_in_the_own_halls(office: Office) -> None:
    office.says("qy-k1", paper=Paper(state="out"))
    office.alerts.sweep()
    (row,) = office.alerts.listed(OPERATOR)
    for actor in (Actor("外", "operator", ("ls",)), Actor("看", "viewer")):
        with pytest.raises(Forbidden):
            office.alerts.acknowledge(actor, [row["id"]])
    assert [office.alerts.acknowledge(OPERATOR, [row["id"]]) for _ in range(2)] == [1, 0]
    assert office.open(state="unseen") == []
    assert office.open() == [("qy-k1", "paper_out")]  # it is still wrong


def test_somebody_of_one_hall_sees_and_silences_that_hall_only(office: Office) -> None:
    local = Actor("李", "operator", ("ls",))
    for terminal in ("qy-k1", "ls-k1"):
        office.says(terminal, paper=Paper(state="out"))
    office.alerts.sweep()
    assert [row["terminal"] for row in office.alerts.listed(local)] == ["ls-k1"]
    at = office.clock()
    for scope, key in (("fleet", ""), ("hall", "qy"), ("terminal", "qy-k1"), ("group", "vip")):
        with pytest.raises(Forbidden):
            office.alerts.silence(local, scope, key, "", at, at + 60, "")
    assert office.alerts.silence(local, "hall", "ls", "", at, at + 60, "")
    wide = office.alerts.silence(OPERATOR, "fleet", "", "", at, at + 60, "")
    with pytest.raises(Forbidden):
        office.alerts.unsilence(local, wide)


def test_what_an_event_raised_stays_until_somebody_has_seen_it(office: Office) -> None:
    office.happened(Sign("gap", "warning", "centre.gap", {"lost": 3}))
    office.alerts.sweep()
    office.alerts.sweep()
    assert [names(told) for told in office.told] == [[("hall-qy", "gap", False)]]
    (row,) = office.alerts.listed(OPERATOR)
    office.alerts.acknowledge(OPERATOR, [row["id"]])
    assert office.open() == []
    office.happened(Sign("gap", "warning", "centre.gap", {"lost": 1}))
    office.alerts.sweep()
    assert office.open() == [("hall-qy", "gap")]
    assert len(office.told) == 2


def test_what_happened_before_the_centre_ended_is_told_by_the_next_one(office: Office) -> None:
    office.happened(Sign("rollout", "critical", "rollout.failures"))
    again = Alerts(office.database, office.fleet, office.clock, lambda some: office.told.append(list(some)))
    again.load()
    again.sweep()
    again.sweep()
    assert [names(told) for told in office.told] == [[("hall-qy", "rollout", False)]]


def test_what_happens_again_before_anybody_saw_it_is_one_alert_and_told_again_only_when_worse(
    office: Office,
) -> None:
    turns: tuple[Severity, ...] = ("warning", "warning", "critical", "warning")
    for severity in turns:
        office.happened(Sign("gap", severity, "centre.gap", {"last": severity}))
        office.alerts.sweep()
    assert [told[0].sign.severity for told in office.told] == ["warning", "critical"]
    (row,) = office.alerts.listed(OPERATOR)
    assert (row["severity"], row["detail"]) == ("warning", {"last": "warning"})


def test_what_happens_in_a_silence_is_told_at_its_end(office: Office) -> None:
    at = office.clock()
    office.alerts.silence(OPERATOR, "hall", "qy", "gap", at, at + 60, "")
    office.happened(Sign("gap", "warning", "centre.gap"))
    office.alerts.sweep()
    assert (office.open(), office.told) == ([("hall-qy", "gap")], [])
    office.clock.now += 61
    office.alerts.sweep()
    assert [names(told) for told in office.told] == [[("hall-qy", "gap", False)]]


def test_what_is_seen_again_and_again_is_held_as_one_alert(office: Office) -> None:
    for _ in range(3):
        office.alerts.hold("main", "", Sign("broker", "critical", "broker.away"))
    assert len(office.told) == 1
    office.alerts.clear("broker", "main")
    assert names(office.told[-1]) == [("main", "broker", True)]


def test_seen_after_it_was_over_says_nothing_of_one_that_opened_since(office: Office) -> None:
    office.alerts.hold("main", "", Sign("broker", "critical", "broker.away"))
    (old,) = office.alerts.listed(OPERATOR)
    office.alerts.clear("broker", "main")
    office.alerts.hold("main", "", Sign("broker", "critical", "broker.away"))
    office.alerts.acknowledge(OPERATOR, [old["id"]])
    assert office.open() == [("main", "broker")]
    office.alerts.clear("broker", "main")
    assert office.open() == []


def test_what_concerns_the_whole_fleet_is_not_acknowledged_by_somebody_of_one_hall(office: Office) -> None:
    office.alerts.hold("main", "", Sign("broker", "critical", "broker.away"))
    (row,) = office.alerts.listed(OPERATOR)
    with pytest.raises(Forbidden):
        office.alerts.acknowledge(Actor("李", "operator", ("ls",)), [row["id"]])
    assert office.alerts.acknowledge(OPERATOR, [row["id"]]) == 1
