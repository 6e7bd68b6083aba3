"""Accounts: the file follows the database, is told at most so often, and halls have their own brokers."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from provisioning.broker import passwords
from provisioning.broker.access import PROBES
from provisioning.broker.accounts import BrokerAccounts, Door, NameTaken, hang_up
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import halls, terminals


class Brokers:
    """Two password files and how often each was said to be new."""

    def __init__(self, folder: Path) -> None:
        self.told = {"main": 0, "south": 0}
        self.files = {name: folder / name for name in self.told}
        self.doors = {name: Door(file, self._teller(name), "$7$centre") for name, file in self.files.items()}

    def _teller(self, name: str) -> Callable[[], None]:
        def tell() -> None:
            self.told[name] += 1

        return tell

    def users(self, name: str) -> set[str]:
        return set(passwords.read(self.files[name])) - {"centre"}


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def brokers(tmp_path: Path) -> Brokers:
    return Brokers(tmp_path)


@pytest.fixture
def accounts(database: Database, brokers: Brokers, clock: Clock) -> BrokerAccounts:
    with database.write() as connection:
        for hall, broker in (("qy", "main"), ("nh", "south")):
            connection.execute(
                insert(halls).values(
                    id=hall,
                    name=hall,
                    name_en=hall,
                    region="440605",
                    time_zone="Asia/Shanghai",
                    broker=broker,
                    settings={},
                )
            )
        for device, hall in (("qy-k01", "qy"), ("nh-k01", "nh"), ("lost-k01", "nowhere")):
            connection.execute(insert(terminals).values(**terminal(device, hall)))
    return BrokerAccounts(database, brokers.doors, clock.now, every=5.0)


def terminal(device: str, hall: str) -> dict[str, object]:
    """A row with everything that must be there."""
    known: dict[str, object] = {
        "id": device,
        "hall": hall,
        "state": "enrolled",
        "password": "",
        "enrolled": 0.0,
    }
    plain: dict[type, object] = {str: "", int: 0, bool: False, float: 0.0, dict: [], list: []}
    empty = {
        column.name: plain.get(column.type.python_type, [])
        for column in terminals.columns
        if not column.nullable and column.name not in known
    }
    return empty | known


def test_each_terminal_is_at_its_own_halls_broker(accounts: BrokerAccounts, brokers: Brokers) -> None:
    accounts.put("qy-k01", "one")
    accounts.put("nh-k01", "two")
    accounts.put("lost-k01", "three")  # a hall that nobody described is at the main broker
    assert accounts.step()
    assert (brokers.users("main"), brokers.users("south")) == ({"qy-k01", "lost-k01"}, {"nh-k01"})
    assert passwords.matches("one", passwords.read(brokers.files["main"])["qy-k01"])
    assert passwords.read(brokers.files["main"])["centre"] == "$7$centre"


def test_many_changes_are_one_reload_and_the_next_waits(
    accounts: BrokerAccounts, brokers: Brokers, clock: Clock
) -> None:
    accounts.put("qy-k01", "one")
    accounts.put("lost-k01", "two")
    accounts.step()
    assert brokers.told["main"] == 1
    accounts.remove("qy-k01")
    clock.at += 4.9
    assert not accounts.step()
    assert "qy-k01" in brokers.users("main")
    clock.at += 0.2
    assert accounts.step()
    assert (brokers.told["main"], brokers.users("main")) == (2, {"lost-k01"})


def test_a_clock_that_was_set_back_does_not_lock_anybody_out(
    accounts: BrokerAccounts, brokers: Brokers, clock: Clock
) -> None:
    accounts.step()
    clock.at -= 3600
    accounts.put("qy-k01", "one")
    assert accounts.step()
    assert "qy-k01" in brokers.users("main")


def test_only_the_broker_that_has_news_reads_again(
    accounts: BrokerAccounts, brokers: Brokers, clock: Clock
) -> None:
    accounts.step()
    before = dict(brokers.told)
    clock.at += 10
    accounts.put("nh-k01", "one")
    accounts.step()
    assert (brokers.told["main"], brokers.told["south"]) == (before["main"], before["south"] + 1)


def test_a_restart_writes_what_the_database_says(
    database: Database, accounts: BrokerAccounts, brokers: Brokers, clock: Clock
) -> None:
    accounts.put("qy-k01", "one")  # the centre ends before its next step
    passwords.write(brokers.files["main"], {"stranger": "$7$x"})
    assert BrokerAccounts(database, brokers.doors, clock.now).step()
    assert brokers.users("main") == {"qy-k01"}


def test_who_is_retired_is_out_even_with_a_password_left(
    database: Database, accounts: BrokerAccounts, brokers: Brokers, clock: Clock
) -> None:
    accounts.put("qy-k01", "one")
    accounts.step()
    with database.write() as connection:
        connection.execute(update(terminals).where(terminals.c.id == "qy-k01").values(state="retired"))
    accounts.changed()
    clock.at += 10
    accounts.step()
    assert brokers.users("main") == set()


def test_a_disk_that_is_full_is_tried_again(accounts: BrokerAccounts, brokers: Brokers, clock: Clock) -> None:
    accounts.put("qy-k01", "one")
    (brokers.files["main"].with_name("main.new")).mkdir()  # in the way of the new file
    accounts.step()
    assert brokers.told == {"main": 0, "south": 1}
    (brokers.files["main"].with_name("main.new")).rmdir()
    clock.at += 5
    assert accounts.step()
    assert brokers.users("main") == {"qy-k01"}


def test_the_names_of_centre_and_probe_are_nobody_elses(accounts: BrokerAccounts) -> None:
    with pytest.raises(NameTaken):
        accounts.put("centre", "mine")
    with pytest.raises(NameTaken):
        accounts.guests({"qy-k01": "mine"})
    with pytest.raises(ValueError, match="pattern"):
        accounts.put("qy:k01", "mine")


def test_the_probes_accounts_come_at_once_and_go_again(accounts: BrokerAccounts, brokers: Brokers) -> None:
    accounts.step()
    accounts.guests(dict.fromkeys(PROBES, "secret"))
    assert brokers.users("main") == set(PROBES)
    accounts.guests({})
    assert brokers.users("main") == set()


def test_a_number_that_is_another_process_by_now_gets_no_signal(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(f"{os.getpid()}\n")
    hang_up(tmp_path / "pid")  # SIGHUP would have ended this test run
    hang_up(tmp_path / "absent")


def test_a_broker_whose_folder_is_gone_does_not_keep_the_others_waiting(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    brokers = Brokers(tmp_path)
    lost = Door(tmp_path / "gone" / "passwords", lambda: None, "$7$centre")
    accounts = BrokerAccounts(database, {"lost": lost, **brokers.doors}, clock.now)
    assert accounts.step()
    assert brokers.told == {"main": 1, "south": 1}
    lost.passwords.parent.mkdir()
    clock.at += 10
    assert accounts.step()
    assert set(passwords.read(lost.passwords)) == {"centre"}
    assert brokers.told == {"main": 1, "south": 1}
