"""Conformance with the public vectors that are kept beside the repository; skipped where they are not."""

from drivers.scanner import newland, ssi
from drivers.scanner.families import Honeywell, Reply, Verdict
from drivers.scanner.opening import dialect_of


def test_every_ssi_packet_is_encoded_and_decoded_as_published(vectors):
    ours = {
        "START_SESSION": ssi.Packet(ssi.START_SESSION),
        "STOP_SESSION": ssi.Packet(ssi.STOP_SESSION),
        "SCAN_ENABLE": ssi.Packet(ssi.SCAN_ENABLE),
        "SCAN_DISABLE": ssi.Packet(ssi.SCAN_DISABLE),
        "CMD_ACK": ssi.Packet(ssi.CMD_ACK),
        "CMD_NAK_RESEND": ssi.Packet(ssi.CMD_NAK, data=bytes([ssi.RESEND])),
        "REQUEST_REVISION": ssi.Packet(ssi.REQUEST_REVISION),
        # Published as temporary; its status has the bit that SE955's manual calls permanent, and beeps.
        "HOST_TRIGGER_MODE_TEMP": ssi.param_send(ssi.TRIGGER_MODE, ssi.HOST_TRIGGER, beep=0, kept=True),
    }
    published = dict(vectors["zebra_ssi"])
    acknowledged = bytes.fromhex(published.pop("DECODER_ACK"))
    assert {name: ssi.encode(packet).hex().upper() for name, packet in ours.items()} == published
    for name, packet in ours.items():
        assert list(ssi.Decoder(ssi.HOST).feed(bytes.fromhex(published[name]))) == [packet]
    assert ssi.encode(ssi.Packet(ssi.CMD_ACK), ssi.DECODER) == acknowledged
    assert list(dialect_of("zebra-ssi").feed(acknowledged)) == [Reply(Verdict.DONE, bytes([ssi.CMD_ACK]))]


def test_every_newland_command_is_encoded_as_published_and_its_answer_understood(vectors):
    ours = {
        "trigger_on": newland.TRIGGER_ON,
        "trigger_off": newland.TRIGGER_OFF,
        "mode_level": newland.command("", "SCNMOD0", kept=True),
        "mode_sense": newland.command("", "SCNMOD2", kept=True),
        "same_code_interval_1000ms": newland.command("", "RRDDUR1000", kept=True),
        "beep_on": newland.command("", "GRBENA1", kept=True),
    }
    published = dict(vectors["newland_unified"])
    yes = bytes.fromhex(published.pop("trigger_on_ok"))
    assert newland.TRIGGER_ON.answer is not None
    assert {name: command.data.hex().upper() for name, command in ours.items()} == published
    assert list(dialect_of("newland").feed(yes)) == [Reply(Verdict.DONE, newland.TRIGGER_ON.answer)]


def test_honeywells_trigger_is_encoded_as_published(vectors):
    ours = {"trigger_on": Honeywell.on[0], "trigger_off": Honeywell.off[0]}
    assert {name: command.data.hex().upper() for name, command in ours.items()} == vectors["honeywell"]
