"""Accounts: passwords, sessions and their ends, throttling, the last admin."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from provisioning.centre import audit
from provisioning.centre.accounts import (
    ABSOLUTE,
    IDLE,
    AccountRefused,
    Accounts,
    Person,
    SignInRefused,
)
from provisioning.centre.passwords import Passwords, WeakPassword, require_strong
from provisioning.centre.rights import CENTRE, Actor, Forbidden
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import halls, sessions, users
from provisioning.centre.throttle import LIMITS, MOST_KEPT, WINDOW, Throttle, Throttled

GOOD, OTHER = "korrekt-pferd-batterie", "ganz-anderes-wort"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Counted(PasswordHasher):
    """Keeps the hashes that passwords are compared with."""

    compared: ClassVar[list[str]] = []

    def verify(self, hash: Any, password: Any) -> Any:
        Counted.compared.append(str(hash))
        return super().verify(hash, password)


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    made = Accounts(database, clock, Passwords(QUICK))
    made.ensure_admin("root1", GOOD)
    with database.write() as connection:
        for hall in ("qy", "hx"):
            connection.execute(
                halls.insert().values(
                    id=hall,
                    name=hall,
                    name_en=hall,
                    region="",
                    time_zone="Asia/Shanghai",
                    broker="main",
                    settings={},
                )
            )
    made.create(CENTRE, Person("lin", "林", "operator", ("qy",)), GOOD)
    return made


def test_the_right_password_opens_a_session(accounts: Accounts) -> None:
    token, session = accounts.sign_in("lin", GOOD, "10.0.0.1")
    assert session.actor == Actor("lin", "operator", ("qy",))
    assert (session.shown, session.language) == ("林", "zh")
    assert accounts.session(token) == session


@pytest.mark.parametrize(("name", "password"), [("lin", OTHER), ("nobody", GOOD), ("lin", ""), ("", "")])
def test_a_wrong_name_or_password_is_refused_alike(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in(name, password, "10.0.0.1")
    assert str(refused.value) == ""


def test_an_unknown_name_costs_one_comparison_as_a_known_one(database: Database, clock: Clock) -> None:
    accounts = Accounts(database, clock, Passwords(Counted(time_cost=1, memory_cost=64, parallelism=1)))
    accounts.ensure_admin("root1", GOOD)
    Counted.compared.clear()
    for name in ("root1", "nobody"):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, OTHER, "10.0.0.1")
    known, unknown = Counted.compared
    assert known.split("$")[1:4] == unknown.split("$")[1:4] == ["argon2id", "v=19", "m=64,t=1,p=1"]


def test_every_sign_in_gives_a_new_token_and_only_its_hash_is_kept(
    accounts: Accounts, database: Database
) -> None:
    tokens = {accounts.sign_in("lin", GOOD, "10.0.0.1")[0] for _ in range(3)}
    assert len(tokens) == 3
    with database.read() as connection:
        rows = connection.execute(select(sessions)).all()
    assert len(rows) == 3
    assert not any(token in str(row) for token in tokens for row in rows)


def test_a_session_hides_its_csrf_word_in_its_repr(accounts: Accounts) -> None:
    _, session = accounts.sign_in("lin", GOOD, "10.0.0.1")
    assert session.csrf not in repr(session)


def test_an_idle_session_ends(accounts: Accounts, clock: Clock) -> None:
    token, _ = accounts.sign_in("lin", GOOD, "10.0.0.1")
    clock.at += IDLE - 1
    assert accounts.session(token) is not None
    clock.at += IDLE - 1
    assert accounts.session(token) is not None
    clock.at += IDLE
    assert accounts.session(token) is None


def test_a_session_in_use_ends_after_twelve_hours(accounts: Accounts, clock: Clock) -> None:
    token, session = accounts.sign_in("lin", GOOD, "10.0.0.1")
    assert session.expires == clock.at + ABSOLUTE
    while clock.at + 600 < session.expires:
        clock.at += 600
        assert accounts.session(token) is not None
    clock.at = session.expires
    assert accounts.session(token) is None


def test_signing_out_ends_that_session_alone(accounts: Accounts) -> None:
    (first, _), (second, _) = (accounts.sign_in("lin", GOOD, "10.0.0.1") for _ in range(2))
    accounts.sign_out(first)
    assert accounts.session(first) is None
    assert accounts.session(second) is not None


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"halls": ()}, {"disabled": True}])
def test_changed_rights_end_the_sessions(accounts: Accounts, change: dict[str, Any]) -> None:
    token, _ = accounts.sign_in("lin", GOOD, "10.0.0.1")
    accounts.change(CENTRE, replace(Person("lin", "林", "operator", ("qy",)), **change))
    assert accounts.session(token) is None


def test_a_changed_shown_name_ends_no_session(accounts: Accounts) -> None:
    token, _ = accounts.sign_in("lin", GOOD, "10.0.0.1")
    accounts.change(CENTRE, Person("lin", "林某", "operator", ("qy",), language="en"))
    session = accounts.session(token)
    assert session is not None
    assert (session.shown, session.language) == ("林某", "en")


def test_a_disabled_account_cannot_sign_in(accounts: Accounts) -> None:
    accounts.change(CENTRE, Person("lin", "林", "operator", ("qy",), disabled=True))
    with pytest.raises(SignInRefused):
        accounts.sign_in("lin", GOOD, "10.0.0.1")


def test_a_changed_password_ends_all_sessions_and_is_the_only_one(accounts: Accounts) -> None:
    token, session = accounts.sign_in("lin", GOOD, "10.0.0.1")
    with pytest.raises(SignInRefused):
        accounts.change_password(session.actor, OTHER, OTHER, "10.0.0.1")
    accounts.change_password(session.actor, GOOD, OTHER, "10.0.0.1")
    assert accounts.session(token) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in("lin", GOOD, "10.0.0.1")
    accounts.sign_in("lin", OTHER, "10.0.0.1")


def test_a_hash_of_older_parameters_is_renewed_and_ends_no_session(
    accounts: Accounts, database: Database, clock: Clock
) -> None:
    token, _ = accounts.sign_in("lin", GOOD, "10.0.0.1")
    dearer = Accounts(database, clock, Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)))
    dearer.sign_in("lin", GOOD, "10.0.0.1")
    with database.read() as connection:
        kept = connection.scalar(select(users.c.password).where(users.c.name == "lin"))
    assert kept is not None
    assert "t=2" in kept
    assert dearer.session(token) is not None


def test_hashes_are_argon2id_with_the_house_parameters(database: Database, clock: Clock) -> None:
    Accounts(database, clock).ensure_admin("root1", GOOD)
    with database.read() as connection:
        assert str(connection.scalar(select(users.c.password))).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_five_failures_of_a_pair_close_it_even_to_the_right_password(
    accounts: Accounts, clock: Clock
) -> None:
    for _ in range(LIMITS["pair"]):
        with pytest.raises(SignInRefused):
            accounts.sign_in("lin", OTHER, "10.0.0.1")
    with pytest.raises(Throttled) as refused:
        accounts.sign_in("lin", GOOD, "10.0.0.1")
    assert refused.value.seconds == WINDOW
    accounts.sign_in("lin", GOOD, "10.0.0.2")
    clock.at += WINDOW
    accounts.sign_in("lin", GOOD, "10.0.0.1")


class Meanwhile(Passwords):
    """While it looks at one password, the same is tried again, ``most`` times in all."""

    def __init__(self, again: Callable[[], object], most: int) -> None:
        super().__init__(QUICK)
        self.again, self.most, self.looked = again, most, 0

    def fits(self, password: str, kept: str | None) -> bool:
        self.looked += 1
        if self.looked < self.most:
            with suppress(SignInRefused, Throttled):
                self.again()
        return super().fits(password, kept)


@pytest.mark.usefixtures("accounts")
def test_many_tries_at_the_same_time_have_no_more_guesses_than_one_after_the_other(
    database: Database, clock: Clock
) -> None:
    passwords = Meanwhile(lambda: made.sign_in("lin", OTHER, "10.0.0.1"), most=12)
    made = Accounts(database, clock, passwords)
    with pytest.raises(SignInRefused):
        made.sign_in("lin", OTHER, "10.0.0.1")
    assert passwords.looked == LIMITS["pair"]
    with pytest.raises(Throttled):
        made.sign_in("lin", GOOD, "10.0.0.1")
    with database.read() as connection:
        assert len(audit.entries(connection, CENTRE, action="session.throttled").entries) == 1


@pytest.mark.usefixtures("accounts")
def test_many_tries_of_the_own_password_have_no_more_guesses_either(database: Database, clock: Clock) -> None:
    actor = Actor("lin", "operator", ("qy",))
    passwords = Meanwhile(lambda: made.change_password(actor, OTHER, GOOD + "x", "10.0.0.1"), most=12)
    made = Accounts(database, clock, passwords)
    with pytest.raises(SignInRefused):
        made.change_password(actor, OTHER, GOOD + "x", "10.0.0.1")
    assert passwords.looked == LIMITS["pair"]


def test_right_passwords_leave_nothing_counted(accounts: Accounts) -> None:
    for number in range(LIMITS["name"]):
        accounts.sign_in("lin", GOOD, f"10.0.{number}.1")
    for _ in range(2 * LIMITS["pair"]):
        accounts.change_password(Actor("lin", "operator", ("qy",)), GOOD, GOOD, "10.0.0.9")
    accounts.sign_in("lin", GOOD, "10.1.0.1")


def test_the_right_password_in_between_starts_the_count_anew(accounts: Accounts) -> None:
    for _ in range(2):
        for _ in range(LIMITS["pair"] - 1):
            with pytest.raises(SignInRefused):
                accounts.sign_in("lin", OTHER, "10.0.0.1")
        assert accounts.sign_in("lin", GOOD, "10.0.0.1")


def test_a_closed_pair_stands_in_the_audit_once(accounts: Accounts, database: Database) -> None:
    for name in ("lin", "nobody"):
        for _ in range(LIMITS["pair"]):
            with pytest.raises(SignInRefused):
                accounts.sign_in(name, OTHER, "10.0.0.1")
    with database.read() as connection:
        page = audit.entries(connection, CENTRE, action="session.throttled")
    assert [entry.subject for entry in page.entries] == ["user lin"]


def test_an_address_that_tries_many_names_is_closed(clock: Clock) -> None:
    throttle = Throttle(clock)
    for number in range(LIMITS["address"]):
        throttle.begin(f"n{number}", "10.0.0.1")
    with pytest.raises(Throttled):
        throttle.begin("other", "10.0.0.1")
    throttle.begin("other", "10.0.0.2")


def test_a_name_tried_from_many_addresses_is_closed(clock: Clock) -> None:
    throttle = Throttle(clock)
    for number in range(LIMITS["name"]):
        throttle.begin("lin", f"10.0.{number}.1")
    with pytest.raises(Throttled):
        throttle.begin("lin", "10.9.9.9")


def test_a_success_forgives_the_pair_and_not_the_address(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(LIMITS["pair"] - 1):
        throttle.begin("lin", "10.0.0.1")
    throttle.succeeded("lin", "10.0.0.1")
    throttle.begin("lin", "10.0.0.1")
    for number in range(LIMITS["address"] - LIMITS["pair"] + 1):
        throttle.begin(f"n{number}", "10.0.0.1")
    with pytest.raises(Throttled):
        throttle.begin("new", "10.0.0.1")
    throttle.begin("lin", "10.0.0.1")  # came in from here before: neighbours do not lock her out


def test_what_the_throttle_remembers_is_bounded(clock: Clock) -> None:
    throttle = Throttle(clock)
    for number in range(MOST_KEPT):
        throttle.begin(f"n{number}", f"a{number}")
    assert len(throttle._failed) == MOST_KEPT


def test_a_clock_set_back_a_day_does_not_close_a_name_for_a_day(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(LIMITS["pair"]):
        throttle.begin("lin", "10.0.0.1")
    clock.at -= 86400
    throttle.begin("lin", "10.0.0.1")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-1x", "auth.password_short"),
        ("x" * 201, "auth.password_long"),
        ("my-meiling-word", "auth.password_name"),
        ("MEILING-is-here", "auth.password_name"),
        ("gniliem-is-here", "auth.password_name"),
        ("1234567890", "auth.password_common"),
        ("0987654321", "auth.password_common"),
        ("Password123!", "auth.password_common"),
        ("qwertyuiop", "auth.password_common"),
        ("aaaaaaaaaaaa", "auth.password_common"),
        ("abc12abc12", "auth.password_common"),
        ("Admin@123456", "auth.password_common"),
        ("woaini1314520", "auth.password_common"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password: str, code: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        require_strong(password, "meiling")
    assert refused.value.code == code
    assert password not in str(refused.value)


@given(st.text(st.characters(codec="utf-8"), min_size=16, max_size=60))
def test_a_password_of_any_script_fits_itself_and_nothing_else(password: str) -> None:
    passwords = Passwords(QUICK)
    kept = passwords.hashed(password)
    assert passwords.fits(password, kept)
    assert not passwords.fits(password + "x", kept)
    assert not passwords.fits(password, None)


def test_a_damaged_hash_lets_nobody_in(accounts: Accounts, database: Database) -> None:
    with database.write() as connection:
        connection.execute(update(users).values(password="$argon2id$broken"))
    with pytest.raises(SignInRefused):
        accounts.sign_in("lin", GOOD, "10.0.0.1")


def test_only_an_admin_makes_and_changes_people(accounts: Accounts) -> None:
    for actor in (Actor("a", "viewer"), Actor("a", "operator"), Actor("a", "approver")):
        with pytest.raises(Forbidden):
            accounts.people(actor)
        with pytest.raises(Forbidden):
            accounts.create(actor, Person("wu", "吴", "admin"), GOOD)
        with pytest.raises(Forbidden):
            accounts.change(actor, Person("lin", "林", "admin"))
        with pytest.raises(Forbidden):
            accounts.set_password(actor, "lin", OTHER)
    assert [person.name for person in accounts.people(CENTRE)] == ["lin", "root1"]


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (Person("lin", "林", "viewer"), "auth.taken"),
        (Person("Lin Mei", "林", "viewer"), "auth.name"),
        (Person("centre", "x", "viewer"), "auth.name"),
        (Person("wu", "吴", "owner"), "auth.role"),  # type: ignore[arg-type]
        (Person("wu", "吴", "viewer", ("nowhere",)), "auth.halls"),
        (Person("wu", "吴", "admin", ("qy",)), "auth.halls"),
        (Person("wu", "吴", "viewer", language="de"), "auth.language"),
    ],
)
def test_an_account_that_cannot_be_is_refused(accounts: Accounts, person: Person, code: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        accounts.create(CENTRE, person, GOOD)
    assert refused.value.code == code


def test_the_last_admin_stays_one(accounts: Accounts) -> None:
    for change in (Person("root1", "r", "viewer"), Person("root1", "r", "admin", disabled=True)):
        with pytest.raises(AccountRefused, match=r"auth\.last_admin"):
            accounts.change(CENTRE, change)
    accounts.create(CENTRE, Person("root2", "r", "admin"), GOOD)
    accounts.change(CENTRE, Person("root1", "r", "viewer"))


def test_the_machine_itself_makes_an_admin_of_a_locked_out_one(accounts: Accounts) -> None:
    token, _ = accounts.sign_in("lin", GOOD, "10.0.0.1")
    accounts.change(CENTRE, Person("lin", "林", "operator", ("qy",), disabled=True))
    accounts.ensure_admin("lin", OTHER)
    assert accounts.session(token) is None
    _, session = accounts.sign_in("lin", OTHER, "10.0.0.1")
    assert session.actor == Actor("lin", "admin")


def test_what_happens_to_accounts_is_in_the_audit_without_secrets(
    accounts: Accounts, database: Database
) -> None:
    token, session = accounts.sign_in("lin", GOOD, "10.0.0.1")
    accounts.set_password(CENTRE, "lin", OTHER)
    with database.read() as connection:
        entries = audit.entries(connection, CENTRE).entries
    assert [(entry.who, entry.action) for entry in entries] == [
        ("centre", "user.password"),
        ("lin", "session.opened"),
        ("centre", "user.created"),
        ("centre", "user.created"),
    ]
    told = str(entries)
    assert not any(secret in told for secret in (GOOD, OTHER, token, session.csrf))
