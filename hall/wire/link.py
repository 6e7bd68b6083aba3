"""One MQTT connection, wrapped once for the whole product.

paho's callbacks only enqueue; one worker thread of ours does the rest, so an exception in a handler can neither
kill paho's network thread nor go unseen. ``is_connected()`` is not believed (it stays true over a dead network
thread, paho-mqtt 2.2.0): a watchdog sends itself a message and rebuilds the client when it does not come back.
"""

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion

from hall.wire import topics
from hall.wire.expiry import Expiry, first_to_end

log = logging.getLogger(__name__)

KEEPALIVE = 30  # seconds
PING_EVERY = 20.0  # seconds between two messages to ourselves
MISSES = 2  # unanswered ones after which the client is rebuilt
RECONNECT = (1, 30)  # seconds, paho's back-off
_jitter = random.Random()  # its own: a thread of ours must not move anybody's global generator
INFLIGHT = 20  # QoS 1 messages on the way at once
QUEUED = 1000  # most messages kept while the broker is away; older knowledge is stale anyway


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us, retained, when we are gone."""

    topic: str
    payload: bytes


class Link:
    """Keeps one connection alive and hands what arrives to ``on_message`` on the link's own thread.

    ``url`` is ``mqtt://user:password@host:port`` (``mqtts`` for TLS). ``on_state(True)`` is called after every
    connect, when subscriptions are asked for, so that retained state can be published again. ``ca_file``: whose
    certificates a TLS broker's must come from; unset: those the system trusts. ``client_files``: certificate and
    key (PEM) to show it. A ``will`` that is a function is asked for a new one for each connection, on paho's thread.
    ``on_delivered``: the broker has acknowledged a QoS 1 message; ``on_refused``: it did not let us in.
    ``reconnect``: shortest and longest pause before it is tried again, seconds.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        subscribe: tuple[tuple[str, int], ...] = (),
        on_message: Callable[[str, bytes], None] = lambda topic, payload: None,
        on_state: Callable[[bool], None] = lambda up: None,
        on_delivered: Callable[[], None] = lambda: None,
        on_refused: Callable[[str], None] = lambda reason: None,
        will: Will | Callable[[], Will] | None = None,
        ping_every: float = PING_EVERY,
        ca_file: Path | None = None,
        client_files: tuple[Path, Path] | None = None,
        queued: int = QUEUED,
        inflight: int = INFLIGHT,
        reconnect: tuple[float, float] = RECONNECT,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError("a broker URL looks like mqtt://user:password@host:1883")
        self._parts, self._client_id, self._will = parts, client_id, will
        self._ca_file, self._client_files = ca_file, client_files
        self._queued, self._inflight = queued, inflight
        self._reconnect = reconnect
        self._subscribe = ((topics.ping(client_id), 0), *subscribe)
        self._on_message, self._on_state = on_message, on_state
        self._on_delivered, self._on_refused = on_delivered, on_refused
        self._handed = threading.Lock()  # of the two that follow, of the present client
        self._under_way: dict[int, int] = {}  # message id: QoS
        self._through = set[int]()  # paho was through with these before ``publish`` had said their id
        self._ping_every, self._ping_topic = ping_every, topics.ping(client_id)
        self._inbox: SimpleQueue[tuple[str, object, bytes]] = SimpleQueue()
        self._worker = threading.Thread(target=self._work, name=f"link-{client_id}", daemon=True)
        self._client: mqtt.Client | None = None
        self._up = False
        self.expiry: Expiry | None = None
        """Of the connection that stands, where it is TLS: the first of its certificates to end."""

    def start(self) -> None:
        """Begin connecting; returns at once, and keeps trying for ever."""
        self._client = self._connect()
        self._worker.start()

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message to the broker. QoS 0 is dropped while the broker is away; QoS 1 waits, up to a bound.

        False: it was not taken, nobody will get it.
        """
        client = self._client
        if client is None:
            return False
        taken = (
            mqtt.MQTT_ERR_SUCCESS,
            *((mqtt.MQTT_ERR_NO_CONN,) if qos else ()),
        )  # QoS 1 waits for a connection
        return self._hand(client, topic, payload, qos, retain).rc in taken

    def close(self) -> None:
        """Disconnect properly (the will is not sent) and stop the threads. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            self._stop_client(client)
            self._inbox.put(("stop", None, b""))
            self._worker.join(timeout=5)

    # -- paho's threads: enqueue, nothing else ------------------------------------------------------------

    def _connect(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._client_id, clean_session=True)
        if self._parts.username:
            client.username_pw_set(unquote(self._parts.username), unquote(self._parts.password or ""))
        if self._parts.scheme == "mqtts":
            own, key = self._client_files or (None, None)
            client.tls_set(
                ca_certs=str(self._ca_file) if self._ca_file else None,
                certfile=str(own) if own else None,
                keyfile=str(key) if key else None,
            )
        with self._handed:
            self._under_way.clear()
            self._through.clear()
        self._set_will(client)
        # paho's own annotation says int; it adds, compares and waits
        client.reconnect_delay_set(*self._reconnect)  # type: ignore[arg-type]
        client.max_queued_messages_set(self._queued)
        client.max_inflight_messages_set(self._inflight)
        put = self._inbox.put
        client.on_connect = lambda c, u, flags, reason, props: put(
            ("refused" if reason.is_failure else "up", (c, str(reason)), _shown(c))
        )
        client.on_disconnect = self._broken
        client.on_publish = self._sent
        client.on_message = lambda c, u, message: put(("message", message.topic, bytes(message.payload)))
        client.connect_async(
            self._parts.hostname or "",
            self._parts.port or (8883 if self._parts.scheme == "mqtts" else 1883),
            KEEPALIVE,
        )
        client.loop_start()
        return client

    def _broken(self, client: mqtt.Client, user: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._set_will(client)  # before paho connects again
        self._inbox.put(("down", (client, str(reason)), b""))

    def _sent(self, client: mqtt.Client, user: Any, mid: int, reason: Any, properties: Any) -> None:
        """QoS 0: it is on its way; QoS 1: the broker has acknowledged it. Which of them, paho does not say."""
        with self._handed:
            qos = self._under_way.pop(mid, None)
            if qos is None:
                self._through.add(mid)
        if qos:
            self._inbox.put(("delivered", client, b""))

    def _set_will(self, client: mqtt.Client) -> None:
        will = self._will() if callable(self._will) else self._will
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)

    def _hand(
        self, client: mqtt.Client, topic: str, payload: bytes, qos: int, retain: bool
    ) -> mqtt.MQTTMessageInfo:
        """To paho. On a busy machine the broker's answer may be here before paho has said which id it was."""
        info = client.publish(topic, payload, qos=qos, retain=retain)
        if not qos and info.rc != mqtt.MQTT_ERR_SUCCESS:
            return info  # it is given up: nothing will be said of it
        with self._handed:
            if early := info.mid in self._through:
                self._through.remove(info.mid)
            else:
                self._under_way[info.mid] = qos
        if early and qos:
            self._inbox.put(("delivered", client, b""))
        return info

    @staticmethod
    def _stop_client(client: mqtt.Client) -> None:
        client.disconnect()
        client.loop_stop()

    # -- our thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        pending = 0  # pings of ours not seen again
        next_ping = time.monotonic() + self._ping_every
        while True:
            try:
                kind, what, payload = self._inbox.get(timeout=max(0.01, next_ping - time.monotonic()))
            except Empty:
                kind, what, payload = "tick", None, b""
            if kind == "stop":
                return
            try:
                if kind == "message" and what == self._ping_topic:
                    pending = 0
                elif kind == "message":
                    self._on_message(str(what), payload)
                elif kind == "delivered":
                    if what is self._client:
                        self._on_delivered()
                elif kind in ("up", "down", "refused"):
                    pending = 0
                    self._changed(kind, what, payload)
            except Exception:  # last resort of the worker thread: the link must live on
                log.exception("link=%s handler failed on %s", self._client_id, kind)
            if time.monotonic() >= next_ping:
                # a little jitter: a hall's links must not all speak in the same moment
                next_ping = time.monotonic() + self._ping_every * _jitter.uniform(0.9, 1.1)
                pending = self._watch(pending)

    def _changed(self, kind: str, what: object, certificate: bytes) -> None:
        source, reason = what if isinstance(what, tuple) else (None, "")
        client = self._client
        if client is None or source is not client:
            return  # the last words of a client that was replaced
        if kind == "refused":
            log.warning("link=%s broker refuses: %s", self._client_id, reason)
            self._on_refused(reason)
            return
        up = kind == "up"
        self.expiry = self._first_to_end(certificate) if certificate else None
        if up:
            for topic, qos in self._subscribe:
                client.subscribe(topic, qos)
        if up != self._up:
            log.info("link=%s state=%s reason=%s", self._client_id, kind, reason)
        self._up = up
        self._on_state(up)

    def _first_to_end(self, certificate: bytes) -> Expiry | None:
        """``certificate``: the broker's as it showed it, DER. Never raises: nobody's calls wait for this."""
        try:
            ours = [self._ca_file, self._client_files[0] if self._client_files else None]
            trusted, own = (x509.load_pem_x509_certificates(f.read_bytes()) if f else [] for f in ours)
            broker = x509.load_der_x509_certificate(certificate)
            return first_to_end(broker, trusted, own[0] if own else None, time.time())
        except (OSError, ValueError) as error:
            log.warning("link=%s certificates cannot be read: %s", self._client_id, error)
            return None

    def _watch(self, pending: int) -> int:
        client = self._client
        if client is None or not self._up:
            return 0
        if pending < MISSES:
            self._hand(client, self._ping_topic, b"", 0, False)
            return pending + 1
        log.warning("link=%s silent for %d pings, rebuilding", self._client_id, pending)
        self._up, self.expiry = False, None
        self._on_state(False)
        self._stop_client(client)
        self._client = self._connect()
        return 0


def _shown(client: mqtt.Client) -> bytes:
    """The certificate that the broker showed, DER; empty where there is no TLS."""
    plug = client.socket()
    return (plug.getpeercert(binary_form=True) or b"") if isinstance(plug, ssl.SSLSocket) else b""
