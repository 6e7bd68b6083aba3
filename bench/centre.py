"""A centre's heart for a measurement: real database on this disk, real broker, its desk on its own thread.

Everything of the product but the web: registry, documents, rollouts, fleet, desk, broker's accounts, collection.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.broker.configuration import CENTRE_URL
from provisioning.centre.collection import Collection
from provisioning.centre.desk import Desk, dial
from provisioning.centre.documents import Documents
from provisioning.centre.fleet import Fleet
from provisioning.centre.outbound import Outbound
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts, layers, rollouts
from provisioning.centre.vault import Vault

BOSS = Actor("boss", "admin")


@dataclass(slots=True)
class Heart:
    """What a measurement talks to."""

    database: Database
    keys: SigningKeys
    documents: Documents
    fleet: Fleet
    rollouts: Rollouts
    outbound: Outbound
    desk: Desk
    accounts: BrokerAccounts

    def change(self, values: Mapping[str, Any], plan: Plan) -> int:
        """Roll out ``values`` over the fleet's layer, as two people would have approved it; its number."""
        at = time.time()
        with self.database.write() as connection:
            fleet = connection.execute(select(layers).where(layers.c.kind == "fleet")).mappings().one()
            change = {
                "kind": "fleet",
                "key": "",
                "base": fleet["version"],
                "values": {**fleet["values"], **values},
            }
            draft = connection.execute(
                insert(drafts)
                .values(
                    title="measured",
                    state="approved",
                    changes=[change],
                    plan=plan.model_dump(mode="json"),
                    author="one",
                    created=at,
                    changed=at,
                    reviewer="two",
                    reviewed=at,
                    remark="",
                    version=1,
                )
                .returning(drafts.c.id)
            ).scalar_one()
        return self.rollouts.start(draft, BOSS)

    def state(self, rollout: int) -> str:
        """Of a rollout, by the database."""
        with self.database.read() as connection:
            return str(connection.scalar(select(rollouts.c.state).where(rollouts.c.id == rollout)))


@dataclass(slots=True)
class Ground:
    """What is there before a desk begins: the database with its keys."""

    database: Database
    keys: SigningKeys
    documents: Documents


def ground(folder: Path) -> Ground:
    """A new database in ``folder``."""
    database = Database(f"sqlite:///{folder / 'centre.sqlite'}")
    database.prepare()
    keys = SigningKeys(database, Vault(folder / "centre.key"), time.time)
    return Ground(database, keys, Documents(keys, time.time))


@contextlib.contextmanager
def running(on: Ground, broker: Path, *, rate: float = 500.0) -> Iterator[Heart]:
    """A centre over ``on`` at the broker that is configured in ``broker``; ends with the block."""
    accounts = BrokerAccounts(on.database, {"main": Door.of(broker)}, time.time)
    accounts.step()
    fleet = Fleet(on.database, time.time)
    fleet.load()
    outbound = Outbound(fleet, time.time, rate)
    rolling = Rollouts(on.database, on.documents, fleet, outbound.publish, time.time)
    collection = Collection(on.database, time.time)
    url = (broker / CENTRE_URL).read_text(encoding="utf-8").strip()
    desk = Desk(
        on.database,
        on.documents,
        on.keys,
        fleet,
        rolling,
        outbound,
        {"main": dial(url, "centre")},
        time.time,
        events=lambda device, batch: collection.take(device, batch).ack,
    )
    desk.start()
    try:
        yield Heart(on.database, on.keys, on.documents, fleet, rolling, outbound, desk, accounts)
    finally:
        desk.close()
        on.database.close()
