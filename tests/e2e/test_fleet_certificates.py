"""A real centre at a real broker with TLS: what ends soon is in the health card and among the alerts."""

import time
from pathlib import Path

import pytest

from provisioning.centre.rights import Actor
from provisioning.centre.serve import Running
from provisioning.centre.settings import Broker, Centre, Tls
from tests.e2e.fleet_rig import until
from tests.e2e.test_agent_certificates import Papers, tls_broker

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

ADMIN = Actor("admin", "admin")


def test_certificates_of_the_centre_and_of_its_broker_s_connection_are_told_before_they_end(
    tmp_path: Path,
) -> None:
    papers = Papers(tmp_path / "papers", authority=400, broker=20).make()
    shown = Papers(tmp_path / "shown", broker=5).make()
    certificate, key = shown.pair("localhost")
    with tls_broker(tmp_path / "broker", papers) as broker:
        settings = Centre(
            data=tmp_path / "centre",
            url="https://localhost:8700",
            tls=Tls(certificate=certificate, key=key),
            brokers=(Broker(folder=broker.folder, url=broker.url, ca=papers.file("authority")),),
        )
        running = Running(settings, time.time)
        try:
            running.start()
            until(lambda: len(running.alerts.listed(ADMIN, kind="server_certificate")) == 2, "both are told")
            told = {row["terminal"]: row for row in running.alerts.listed(ADMIN, kind="server_certificate")}
            assert (told[""]["code"], told[""]["severity"]) == ("centre.certificate", "critical")
            assert told[""]["detail"] == {"days": 5, "whose": "centre"}
            assert (told["main"]["code"], told["main"]["severity"]) == ("broker.certificate", "warning")
            assert told["main"]["detail"] == {"days": 20, "whose": "broker"}
            cards = running.health()
            (own,) = cards[settings.url].checks
            assert (own.code, own.grade, own.measured) == ("centre.certificate", "warn", "5 d, centre")
            last = cards["main"].checks[-1]
            assert (last.code, last.grade, last.measured) == ("broker.certificate", "warn", "20 d, broker")
        finally:
            running.close()
