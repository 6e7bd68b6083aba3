"""The files that make a Debian machine a terminal, as text. Pure.

Sources: systemd.exec(5), systemd.service(5), sd_notify(3), udev(7), journald.conf(5), logind.conf(5), polkit(8) of
Debian 12; cage(1); Xorg(1). Each file begins with ``MARK``: only files that carry it are ever taken away again.
"""

from dataclasses import dataclass

from provisioning.terminal.options import ETC, STATE, USER, Options, Session

MARK = "Made by tongyuan terminal install; changes made here are lost."
UNIT = "tongyuan-terminal.service"
NIGHTLY_SERVICE, NIGHTLY_TIMER = "tongyuan-nightly.service", "tongyuan-nightly.timer"
AGENT_SETTINGS = f"{ETC}/agent.toml"
TMPFILES_AT = "/etc/tmpfiles.d/tongyuan.conf"
TTY = "tty1"  # what the machine shows when it has started
PACKAGES = {
    "cage": ("cage", "seatd", "xwayland"),
    "x": (
        "xserver-xorg-core",
        "xserver-xorg-input-libinput",
        "xinit",
        "x11-xserver-utils",
        "matchbox-window-manager",
    ),
    "none": (),
}
ALWAYS = (
    "udev",  # also makes the groups of input and render
    "fonts-noto-cjk",
    "espeak-ng",
    "pcscd",
    "libegl1",
    "libgl1",
    "libgles2",
    "libgl1-mesa-dri",
    "polkitd",
    "alsa-utils",
)


@dataclass(frozen=True, slots=True)
class File:
    """``keep``: a file that people fill in; it is made when it is missing and never changed or taken away."""

    path: str
    text: str
    mode: int = 0o644
    keep: bool = False


def files(options: Options) -> tuple[File, ...]:
    """All of them."""
    made = [
        File(f"/etc/systemd/system/{UNIT}", unit(options)),
        File("/etc/udev/rules.d/70-tongyuan.rules", udev(options)),
        File("/etc/systemd/journald.conf.d/tongyuan.conf", JOURNALD),
        File("/etc/systemd/logind.conf.d/tongyuan.conf", LOGIND),
        File("/etc/polkit-1/rules.d/50-tongyuan.rules", POLKIT),
        File(TMPFILES_AT, TMPFILES),
        File(AGENT_SETTINGS, agent_settings(options), 0o640, keep=True),
    ]
    if options.session == "x":
        made.append(File(f"{ETC}/session", X_SESSION, 0o755))
    if options.nightly:
        made.append(File(f"/etc/systemd/system/{NIGHTLY_SERVICE}", NIGHTLY))
        made.append(File(f"/etc/systemd/system/{NIGHTLY_TIMER}", nightly_timer(options.nightly)))
    return tuple(made)


def unit(options: Options) -> str:
    """The session with the agent in it; the agent keeps the kiosk. systemd restarts it when the agent falls silent."""
    agent = f"{options.program}/.venv/bin/python -m provisioning.agent {AGENT_SETTINGS}"
    start = {
        "cage": f"/usr/bin/cage -d -- {agent}",
        "x": f"/usr/bin/xinit {ETC}/session {agent} -- :0 vt1 -keeptty -nolisten tcp -nocursor -s 0 -dpms",
        "none": agent,
    }[options.session]
    seat = {"cage": _SCREEN + _CAGE, "x": _SCREEN, "none": ""}[options.session]
    after, other = _ORDER[options.session]
    return f"""# {MARK}
[Unit]
Description=Tongyuan terminal: agent, session and screen
After=network.target sound.target pcscd.socket{after}
Wants=pcscd.socket{other}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
WatchdogSec=60
TimeoutStartSec=120
TimeoutStopSec=20
Restart=always
RestartSec=3
User={USER}
Group={USER}
SupplementaryGroups=dialout lp video render input audio systemd-journal
StateDirectory=tongyuan/kiosk
StateDirectoryMode=0700
RuntimeDirectory=tongyuan
RuntimeDirectoryMode=0700
UMask=0077
WorkingDirectory={options.program}
ExecStart={start}
{seat}
# Nobody's data on a disk: memory is not swapped, crashes are not dumped, temporary files live in memory.
LimitCORE=0
MemorySwapMax=0
MemoryHigh=900M
TasksMax=400
# What is freed is wiped (hall.wire.dumps, docs/privacy.md).
Environment=PYTHONMALLOC=malloc
Environment=GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0
TemporaryFileSystem=/tmp:mode=1777,size=64M /var/tmp:mode=1777,size=64M
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=

[Install]
WantedBy={"graphical.target" if options.session != "none" else "multi-user.target"}
"""


# No PAM session: pam_systemd would move all of it into a scope of its own, where neither the limits above nor the
# watchdog nor a stop reach it (and the agent's READY would come from nobody systemd knows). seatd hands out the seat.
_SCREEN = f"""TTYPath=/dev/{TTY}
TTYReset=yes
TTYVHangup=yes
TTYVTDisallocate=yes
StandardInput=tty-fail
StandardOutput=journal
StandardError=journal
"""
_CAGE = """Environment=LIBSEAT_BACKEND=seatd
Environment=XDG_RUNTIME_DIR=/run/tongyuan
"""
_ORDER: dict[Session, tuple[str, str]] = {
    "cage": (f" getty@{TTY}.service seatd.service", f" seatd.service\nConflicts=getty@{TTY}.service"),
    "x": (f" getty@{TTY}.service", f"\nConflicts=getty@{TTY}.service"),
    "none": ("", ""),
}


def udev(options: Options) -> str:
    """Names that stay when a plug moves: /dev/tongyuan/reader, printer, scanner; USB devices never sleep."""
    lines = [f"# {MARK}", "# A device that falls asleep between two citizens is slow to wake, or does not."]
    lines.append('ACTION=="add", SUBSYSTEM=="usb", TEST=="power/control", ATTR{power/control}="on"')
    kinds = {"reader": ("tty", "hidraw"), "printer": ("usbmisc", "tty"), "scanner": ("tty", "input")}
    for name, ids in options.usb:
        vendor, product = ids.split(":")
        match = f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}"'
        for subsystem in kinds[name]:
            only = ', KERNEL=="event*"' if subsystem == "input" else ""
            link = "" if (name, subsystem) != ("scanner", "input") else "-keys"
            given = f'SYMLINK+="tongyuan/{name}{link}", GROUP="{USER}", MODE="0660"'
            lines.append(f'SUBSYSTEM=="{subsystem}"{only}, {match}, {given}')
    return "\n".join(lines) + "\n"


JOURNALD = f"""# {MARK}
[Journal]
Storage=persistent
SystemMaxUse=200M
SystemKeepFree=500M
MaxRetentionSec=30day
RateLimitIntervalSec=30s
RateLimitBurst=5000
"""

LOGIND = f"""# {MARK}
[Login]
IdleAction=ignore
HandlePowerKey=poweroff
HandleLidSwitch=ignore
HandleSuspendKey=ignore
NAutoVTs=2
"""

POLKIT = f"""// {MARK}
// The agent may restart the machine when the centre says so, and nothing else.
polkit.addRule(function (action, subject) {{
  var allowed = ["org.freedesktop.login1.reboot", "org.freedesktop.login1.reboot-multiple-sessions"];
  if (subject.user === "{USER}" && allowed.indexOf(action.id) >= 0) {{
    return polkit.Result.YES;
  }}
}});
"""

TMPFILES = f"""# {MARK}
# The serial number on the label, by which a terminal is let in beforehand: only root may read it otherwise.
z /sys/class/dmi/id/product_serial 0440 root {USER} -
z /sys/class/dmi/id/board_serial 0440 root {USER} -
"""

X_SESSION = f"""#!/bin/sh
# {MARK}
# A window manager of the smallest kind, no blanking, then whatever was given: the agent.
xset s off -dpms s noblank
matchbox-window-manager -use_titlebar no -use_cursor no &
exec "$@"
"""

NIGHTLY = f"""# {MARK}
[Unit]
Description=Tongyuan terminal: begin every day with a fresh session

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl try-restart {UNIT}
"""


def nightly_timer(at: str) -> str:
    """Spread over ten minutes: a hall's terminals do not all go dark together."""
    return f"""# {MARK}
[Unit]
Description=Tongyuan terminal: begin every day with a fresh session

[Timer]
OnCalendar=*-*-* {at}:00
RandomizedDelaySec=10min

[Install]
WantedBy=timers.target
"""


def agent_settings(options: Options) -> str:
    """Where the agent finds its centre. Everything else it is told by the centre."""
    devices = "".join(f"# /dev/tongyuan/{name}: USB {ids}\n" for name, ids in options.usb)
    return f"""# The agent of this terminal (python -m provisioning.agent). Filled in once; the fleet tells the rest.
centre = "{options.centre}"
state_dir = "{STATE}"
serial = "auto"  # of the mainboard; else any text of letters, digits and . _ : -
{devices}"""


ADVICE = f"""Read-only root: a power cut then cannot hurt the system. With Debian's package overlayroot set
  overlayroot="tmpfs:recurse=0" in /etc/overlayroot.conf
and give {STATE.rpartition("/")[0]} and /var/log/journal a small partition of their own (4 GB, ext4, data=ordered):
they hold the identity, the last good configuration and the paper ledger, and must survive.
Console blanking: add consoleblank=0 to the kernel's command line."""
