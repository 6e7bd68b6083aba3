# Sourced by ./run and ./test: makes this machine ready, once, and is quick ever after.
# Bare Debian 12: root installs system packages by itself; anybody else is told what to run.
#
#   setup LOCKFILE...   the pinned Python packages to have in .venv

step() { printf '\033[1m[%s]\033[0m %s\n' "$1" "$2" >&2; }
fail() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

# What a machine must have, as "file or command that proves it : Debian package".
NEEDED="
python3:python3
/usr/share/doc/libegl1:libegl1
/usr/share/doc/libgl1:libgl1
/usr/share/doc/libgl1-mesa-dri:libgl1-mesa-dri
/usr/share/doc/libgles2:libgles2
/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc:fonts-noto-cjk
mosquitto:mosquitto
espeak-ng:espeak-ng
pcscd:pcscd
/etc/reader.conf.d/vpcd:vsmartcard-vpcd
/usr/include/PCSC/winscard.h:libpcsclite-dev
python3-config:python3-dev
gcc:gcc
/usr/include/stdlib.h:libc6-dev
swig:swig
"

# What the tests need besides: a browser for the ops console, a second database. Without them those tests skip.
NEEDED_BY_TESTS="
chromium:chromium
/usr/share/doc/postgresql:postgresql
"

have() { case "$1" in /*) [ -e "$1" ] ;; *) PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1 ;; esac; }

system_packages() {
  local missing="" line
  for line in $NEEDED; do have "${line%%:*}" || missing="$missing ${line##*:}"; done
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
  [ -n "$missing" ] || return 0
  local install="apt-get update && apt-get install -y --no-install-recommends$missing"
  command -v apt-get >/dev/null || fail "These are needed and there is no apt-get here to fetch them:$missing"
  if [ "$(id -u)" = 0 ]; then
    step "1/4" "System packages:$missing"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      -o Dpkg::Use-Pty=0 $missing >/dev/null || fail "apt-get could not install them. By hand:  $install"
  else
    fail "System packages are missing. Please run, then start again:

  sudo sh -c '$install'"
  fi
}

python_packages() {
  local stamp want lock
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed."
  want=$(cat "$@" pyproject.toml | sha256sum | cut -d' ' -f1)-$(python3 -V | tr ' ' -)
  stamp=.venv/.ready-$(basename "${!#}")
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  [ -x .venv/bin/python ] || { step "2/4" "A Python environment of our own in .venv"; python3 -m venv .venv; }
  step "3/4" "Python packages, pinned (a minute or two the first time)"
  for lock in "$@"; do
    .venv/bin/python -m pip install --disable-pip-version-check -q --require-hashes -r "$lock" >&2 \
      || fail "pip could not install $lock. Is a package index reachable?"
  done
  .venv/bin/python -m pip install --disable-pip-version-check -q --no-deps -e . >&2 || fail "Could not install tongyuan."
  printf '%s' "$want" > "$stamp"
}

fonts() {
  [ -e .venv/share/tongyuan/fonts/HallSans-Bold.otf ] && return 0
  step "4/4" "Fonts: the Simplified Chinese face of Noto Sans CJK (half a minute, once)"
  .venv/bin/python -m screens.theme.fonts .venv/share/tongyuan/fonts
}

setup() {
  system_packages
  python_packages "$@"
  fonts
}
