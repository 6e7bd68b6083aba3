"""Writes a hardened mosquitto configuration into a folder; the same text runs on 2.0.11 and on 2.1.

Nobody comes in without a name, a client's id *is* that name (so none can be thrown out by another), and each reads and
writes its own topics only. Written again, nothing changes that need not: passwords stay. mosquitto 2.1 calls
``password_file`` and ``acl_file`` deprecated and keeps them until 3.0; 2.0.11 knows nothing else.
"""

import os
import pwd
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from provisioning.broker import access, passwords
from provisioning.broker.settings import BrokerSettings

CONFIGURATION, RULES, PASSWORDS = "mosquitto.conf", "access", "passwords"
CENTRE_URL = "centre.url"
"""Where the centre reads how to sign in: the only file with a password in it."""
PID = "mosquitto.pid"
STORE = "store"


class BrokerRefused(Exception):
    """The configuration would not work or would not be safe. ``problems`` says why, one sentence each."""

    code = "broker.settings"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Written:
    """What was done. ``changed``: names of files that are not as before; ``steps``: what a person does next."""

    folder: Path
    changed: tuple[str, ...]
    warnings: tuple[str, ...]
    steps: tuple[str, ...]


def unit_name(settings: BrokerSettings) -> str:
    """Name of its systemd unit."""
    return f"tongyuan-broker-{settings.name}.service"


def text(settings: BrokerSettings, folder: Path) -> str:
    """The configuration file."""
    yes = {True: "true", False: "false"}
    lines = [
        f"# Broker {settings.name} of the fleet, made by tongyuan: changes made here are lost.",
        f"user {settings.account}",
        f"pid_file {folder / PID}",
        "allow_anonymous false",
        "allow_zero_length_clientid false",
        f"password_file {folder / PASSWORDS}",
        f"acl_file {folder / RULES}",
        f"persistence {yes[settings.persistent]}",
        f"persistence_location {folder / STORE}/",
        f"autosave_interval {settings.save_seconds}",
        f"persistent_client_expiration {settings.forget_days}d",
        # Finite and large: 0 means "nothing" in 2.0.16 to 2.0.21, and the default of 1000 loses retained messages.
        f"max_queued_messages {settings.queued}",
        f"max_inflight_messages {settings.inflight}",
        f"max_packet_size {settings.packet}",
        "set_tcp_nodelay true",
        "sys_interval 10",
        f"log_dest {settings.log}",
        *(f"log_type {kind}" for kind in ("error", "warning", "notice")),
        "",
        f"listener {settings.port} {settings.listen}",
        f"max_connections {settings.connections}",
        "use_username_as_clientid true",
    ]
    if tls := settings.tls:
        lines += [
            f"certfile {tls.certificate.resolve()}",
            f"keyfile {tls.key.resolve()}",
            f"tls_version tlsv{tls.oldest}",
        ]
        if tls.client_ca:
            lines += [
                f"cafile {tls.client_ca.resolve()}",
                "require_certificate true",
                "use_identity_as_username true",
            ]
        if tls.revoked:
            lines.append(f"crlfile {tls.revoked.resolve()}")
    return "\n".join([*lines, ""])


def unit(settings: BrokerSettings, folder: Path) -> str:
    """The systemd unit: broker and centre are one account, so that the centre may ask it to read its files again."""
    return f"""[Unit]
Description=Tongyuan broker {settings.name}
After=network-online.target
Wants=network-online.target

[Service]
User={settings.account}
UMask=0077
ExecStart=/usr/sbin/mosquitto -c {folder / CONFIGURATION}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
LimitNOFILE={settings.connections + 1000}
LimitCORE=0
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={folder}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes

[Install]
WantedBy=multi-user.target
"""


def write(settings: BrokerSettings, folder: Path, now: datetime) -> Written:
    """Everything the broker needs, in ``folder``. Raises BrokerRefused before anything is written, OSError."""
    folder = folder.resolve()
    if any(c.isspace() or c == "%" for c in str(folder)):
        raise BrokerRefused((f"{folder}: a folder's name without blanks and % is needed",))
    problems = settings.problems(now)
    ending = tuple(p for p in problems if " ends in " in p)
    if fatal := tuple(p for p in problems if p not in ending):
        raise BrokerRefused(fatal)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    (folder / STORE).mkdir(exist_ok=True, mode=0o700)
    changed = [
        name
        for name, wanted in (
            (CONFIGURATION, text(settings, folder)),
            (RULES, access.rules()),
            (unit_name(settings), unit(settings, folder)),
            (CENTRE_URL, _centre_url(settings, folder)),
        )
        if _put(folder / name, wanted)
    ]
    users = passwords.read(folder / PASSWORDS)
    password = centre_password(folder)
    if not passwords.matches(password, users.get(access.CENTRE, "")):
        passwords.write(folder / PASSWORDS, users | {access.CENTRE: passwords.hashed(password)})
        changed.append(PASSWORDS)
    owner = _hand_over(settings.account, folder)
    return Written(folder, tuple(changed), ending, (*owner, *_steps(settings, folder, tuple(changed))))


def centre_password(folder: Path) -> str:
    """The centre's own password at the broker in ``folder``. Raises OSError."""
    url = (folder / CENTRE_URL).read_text(encoding="utf-8").strip()
    return unquote(urlsplit(url).password or "")


def _centre_url(settings: BrokerSettings, folder: Path) -> str:
    try:
        password = centre_password(folder)
    except FileNotFoundError:
        password = ""
    scheme, _, rest = settings.url.partition("://")
    return f"{scheme}://{access.CENTRE}:{password or secrets.token_urlsafe(32)}@{rest}\n"


def _put(path: Path, wanted: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        path.chmod(0o600)
        return False
    passwords.replace_private(path, wanted)
    return True


def _hand_over(account: str, folder: Path) -> tuple[str, ...]:
    """Give the files to the broker's account where we may; else say who must."""
    try:
        entry = pwd.getpwnam(account)
    except KeyError:
        return (
            f"useradd --system --home-dir {folder} --shell /usr/sbin/nologin {account}",
            f"chown -R {account}: {folder}",
        )
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    elif os.geteuid() != entry.pw_uid:
        return (f"chown -R {account}: {folder}",)
    return ()


def _steps(settings: BrokerSettings, folder: Path, changed: tuple[str, ...]) -> tuple[str, ...]:
    name = unit_name(settings)
    steps = []
    if name in changed:
        steps += [f"cp {folder / name} /etc/systemd/system/ && systemctl daemon-reload"]
    if {name, CONFIGURATION} & set(changed):
        steps += [f"systemctl enable {name} && systemctl restart {name}"]
    elif changed:
        steps += [f"systemctl reload {name}"]
    if settings.tls is None:
        steps += ["without TLS everybody on the wire reads along: give certificate and key before production"]
    table = f'name = "{settings.name}", folder = "{folder}", url = "{settings.url}"'
    if settings.tls and settings.tls.client_ca:
        table += ", and certificate, key and probes, which it is to show"
    return (*steps, f"tell the centre of it: in centre.toml a table [[brokers]] with {table}")
