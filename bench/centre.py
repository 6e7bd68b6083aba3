"""A centre for a measurement or a test: the product's own, on a database and a broker of the run."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import insert, select

from hall.wire.port import free_port
from provisioning.centre import registry
from provisioning.centre.documents import Documents
from provisioning.centre.fleet import Fleet
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.serve import Running
from provisioning.centre.settings import Broker, Centre
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts, layers, rollouts
from provisioning.centre.vault import Vault
from provisioning.simulator.enrolling import table
from provisioning.simulator.seeding import FLEET_LAYER, keep_layer

BOSS = Actor("boss", "admin")
CROWD = 10_000  # times the usual limits of one address: here all people and terminals share one


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before a centre begins: its folder, and the database with its keys."""

    folder: Path
    database: Database
    keys: SigningKeys
    documents: Documents


def ground(folder: Path) -> Ground:
    """A new database in ``folder``, or the one that lies there."""
    settings = _settings(folder, "mqtt://127.0.0.1", folder, 500.0, 0)
    database = Database(settings.database_url)
    database.prepare()
    keys = SigningKeys(database, Vault(folder / "centre.key"), time.time)
    return Ground(folder, database, keys, Documents(keys, time.time))


@dataclass(frozen=True, slots=True)
class Heart:
    """A running centre, and what one wants of it. ``url`` where it serves HTTP."""

    whole: Running
    url: str = ""

    @property
    def fleet(self) -> Fleet:
        return self.whole.fleet

    @property
    def rollouts(self) -> Rollouts:
        return self.whole.rollouts

    @property
    def database(self) -> Database:
        return self.whole.database

    def change(self, values: Mapping[str, Any], plan: Plan) -> int:
        """Roll out ``values`` over the fleet's layer, as if two people had approved it; its number."""
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

    def expect(self, count: int) -> int:
        """Make the halls of ``count`` simulated terminals and pre-authorise these by their serials."""
        halls, csv = table(count)
        with self.database.write() as connection:
            keep_layer(connection, "fleet", "", FLEET_LAYER, time.time())
            for hall in halls:
                registry.create_hall(
                    connection, BOSS, registry.Hall(hall, hall, region="371500"), at=time.time()
                )
        return self.whole.expected.take(BOSS, csv.encode())

    def state(self, rollout: int) -> str:
        """Of a rollout, by the database."""
        with self.database.read() as connection:
            return str(connection.scalar(select(rollouts.c.state).where(rollouts.c.id == rollout)))


@contextlib.contextmanager
def running(
    on: Ground, broker: Path, url: str, *, rate: float = 500.0, http: bool = False, ca: Path | None = None
) -> Iterator[Heart]:
    """A centre over ``on`` at the broker that is configured in ``broker`` and listens at ``url``.

    It ends with the block. With ``http`` all of it runs, else only what needs no web. ``ca``: the broker's authority.
    """
    port = free_port() if http else 0
    whole = Running(_settings(on.folder, url, broker, rate, port, ca))
    server = uvicorn.Server(
        uvicorn.Config(whole.app, port=port, access_log=False, log_config=None, lifespan="off")
    )
    serving = threading.Thread(target=server.run, name="http", daemon=True)
    try:
        if http:
            whole.start()
            serving.start()
        else:  # no probe, nothing that comes round by itself
            whole.broker_accounts.step()
            whole.alerts.load()
            whole.commands.load()
            whole.desk.start()
        yield Heart(whole, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        if serving.is_alive():
            serving.join(timeout=10)
        whole.close()


def _settings(
    folder: Path, broker_url: str, broker: Path, rate: float, port: int, ca: Path | None = None
) -> Centre:
    return Centre(
        data=folder,
        url=f"http://127.0.0.1:{port}",
        port=port,
        production=False,
        crowd=CROWD,
        documents_per_second=rate,
        brokers=(Broker(folder=broker, url=broker_url, ca=ca),),
    )
