"""A kiosk process for tests: serves the control socket; its settings' name says how it fares."""

import json
import os
import signal
import socket
import sys
import time
from multiprocessing.connection import Listener
from pathlib import Path


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text())
    name = settings["name"]
    if name == "crashes":
        os.abort()
    if name == "refuses":
        raise SystemExit(2)
    if name == "ignores the end":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(600)
    if name == "listens late":
        with socket.socket(socket.AF_UNIX) as early:
            early.bind(settings["control"])
            while not Path(settings["state_dir"], "refused").exists():
                time.sleep(0.01)
        os.unlink(settings["control"])
    with Listener(settings["control"], family="AF_UNIX") as listener:
        while True:
            with listener.accept() as connection:
                ask = json.loads(connection.recv_bytes())
                if name == "hangs":
                    time.sleep(600)
                health = {
                    "revision": settings["revision"],
                    "busy": False,
                    "idle_seconds": 100.0,
                    "frames": 3,
                    "screen": name,
                }
                answer = health if ask["do"] == "health" else {"ok": True, "masked": False}
                connection.send_bytes(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
