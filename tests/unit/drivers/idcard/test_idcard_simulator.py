import threading
from itertools import repeat

import pytest

from drivers.errors import DeviceAbsent, DeviceProtocol
from drivers.idcard import codec
from drivers.idcard.codec import Status, encode, encode_reply
from drivers.idcard.device import PATIENCE, IdCardReader
from drivers.idcard.numbers import CardKind
from drivers.idcard.samples import sample_cards
from drivers.idcard.simulated_sam import Answer, Refusal, SimulatedSam, bad_checksum, late
from drivers.idcard.simulator import SimulatedReader, SimulatedStream, sample_holders
from drivers.ports import SystemClock
from drivers.streams import SerialStream

CARD = sample_cards()["elderly"]


@pytest.fixture
def sam():
    return SimulatedSam()


@pytest.fixture
def simulated():
    simulated = SimulatedReader()
    simulated.start()
    yield simulated
    simulated.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine is no reader that is silent."""
    for command in PATIENCE:
        monkeypatch.setitem(PATIENCE, command, 60.0)


@pytest.fixture
def port(simulated):
    stream = SerialStream(simulated.url, SystemClock())
    yield stream
    stream.close()


def ask(sam, command):
    (answer,) = sam.receive(encode(command.body))
    return answer.data


# --- the mind --------------------------------------------------------------------------------------------


def test_no_card_is_found_on_an_empty_reader(sam):
    assert ask(sam, codec.FIND) == encode_reply(Status.NO_CARD)
    assert ask(sam, codec.SELECT) == encode_reply(Status.SELECT_FAILED)
    assert ask(sam, codec.READ_TEXT_PHOTO) == encode_reply(Status.READ_FAILED)


def test_a_card_must_be_selected_before_it_is_read(sam):
    sam.lay(CARD)
    assert ask(sam, codec.READ_TEXT_PHOTO) == encode_reply(Status.READ_FAILED)
    ask(sam, codec.SELECT)
    assert len(ask(sam, codec.READ_TEXT_PHOTO)) == 1295


def test_laying_another_card_needs_another_select(sam):
    sam.lay(CARD)
    ask(sam, codec.SELECT)
    sam.lay(sample_cards()["adult"])
    assert ask(sam, codec.READ_TEXT_PHOTO) == encode_reply(Status.READ_FAILED)


def test_a_card_that_was_read_is_not_found_but_can_be_read_again(sam):
    sam.lay(CARD)
    for _ in range(2):
        ask(sam, codec.SELECT)
        assert len(ask(sam, codec.READ_TEXT_PHOTO)) == 1295
        assert ask(sam, codec.FIND) == encode_reply(Status.NO_CARD)


@pytest.mark.parametrize(
    "command", [codec.RESET_SAM, codec.SAM_STATUS, codec.SLEEP, codec.WAKE, codec.max_rf_bytes(0x50)]
)
def test_orders_without_data_are_answered_with_ok(command, sam):
    assert ask(sam, command) == encode_reply(Status.OK)


def test_a_request_it_does_not_know_is_a_command_error(sam):
    assert sam.receive(encode(b"\x77\x77")) == [Answer(encode_reply(Status.COMMAND_ERROR))]


def test_a_damaged_request_is_answered_as_such(sam):
    assert sam.receive(bad_checksum(encode(codec.FIND.body)).data)[0].data == encode_reply(
        Status.CHECKSUM_ERROR
    )
    sam = SimulatedSam()
    assert sam.receive(codec.PREAMBLE + b"\x00\x00")[0].data == encode_reply(Status.LENGTH_ERROR)


def test_requests_may_come_in_any_pieces(sam):
    wire = encode(codec.FIND.body) * 2
    answers = [answer for byte in wire for answer in sam.receive(bytes([byte]))]
    assert answers == [Answer(encode_reply(Status.NO_CARD))] * 2


def test_mischief_lasts_as_often_as_ordered_and_only_where_ordered(sam):
    sam.misbehave(Refusal(0x24), on=codec.FIND, times=2)
    replies = [ask(sam, command)[-2] for command in (codec.SAM_STATUS, codec.FIND, codec.FIND, codec.FIND)]
    assert replies == [0x90, 0x24, 0x24, 0x80]


def test_a_card_whose_reading_was_refused_can_be_found_again(sam):
    sam.lay(CARD)
    sam.misbehave(Refusal(Status.READ_FAILED), on=codec.READ_TEXT_PHOTO)
    ask(sam, codec.SELECT)
    assert ask(sam, codec.READ_TEXT_PHOTO) == encode_reply(Status.READ_FAILED)
    assert ask(sam, codec.FIND) == encode_reply(Status.CARD_FOUND, bytes(4))


def test_a_card_whose_reading_was_spoilt_on_the_line_counts_as_read(sam):
    sam.lay(CARD)
    sam.misbehave(bad_checksum, on=codec.READ_TEXT_PHOTO)
    ask(sam, codec.SELECT)
    ask(sam, codec.READ_TEXT_PHOTO)
    assert ask(sam, codec.FIND) == encode_reply(Status.NO_CARD)


def test_mischief_without_end_ends_on_demand(sam):
    sam.misbehave(Refusal(0x24))
    assert {ask(sam, codec.FIND)[-2] for _ in range(5)} == {0x24}
    sam.behave()
    assert ask(sam, codec.FIND) == encode_reply(Status.NO_CARD)


# --- in this process -------------------------------------------------------------------------------------


def test_the_line_has_the_pace_of_its_baud_rate(sam, clock):
    sam.lay(CARD)
    stream = SimulatedStream(sam, clock, baud=115200)
    began = clock.now()
    assert IdCardReader(stream, clock).wait_for_card(began) == CARD
    count = 3 * 10 + 15 + 19 + 1295  # three requests and their replies, 10 bits a byte
    assert clock.now() - began == pytest.approx(count * 10 / 115200)


def test_without_a_baud_rate_no_time_passes(sam, clock):
    sam.lay(CARD)
    began = clock.now()
    assert IdCardReader(SimulatedStream(sam, clock), clock).wait_for_card(began) == CARD
    assert clock.now() == began


def test_answers_come_in_pieces_as_asked_for(sam, clock):
    stream = SimulatedStream(sam, clock, slices=repeat(4))
    stream.write(encode(codec.FIND.body))
    assert [stream.read(until=clock.now()) for _ in range(4)] == [
        b"\xaa\xaa\xaa\x96",
        b"\x69\0\4\0",
        b"\0\x80\x84",
        b"",
    ]


def test_a_late_answer_comes_late_and_holds_up_the_next(sam, clock):
    sam.misbehave(late(3), times=1)
    stream = SimulatedStream(sam, clock)
    began = clock.now()
    stream.write(encode(codec.SAM_STATUS.body))
    assert stream.read(until=began + 1) == b""
    stream.write(encode(codec.FIND.body))
    assert stream.read(until=began + 9) == encode_reply(Status.OK)
    assert clock.now() == began + 3
    assert stream.read(until=began + 9) == encode_reply(Status.NO_CARD)


def test_discarding_drops_what_has_arrived(sam, clock):
    stream = SimulatedStream(sam, clock)
    stream.write(encode(codec.FIND.body))
    stream.discard_input()
    assert stream.read(until=clock.now() + 1) == b""


def test_discarding_leaves_what_is_still_to_come(sam, clock):
    sam.misbehave(late(3))
    stream = SimulatedStream(sam, clock)
    stream.write(encode(codec.FIND.body))
    stream.discard_input()
    assert stream.read(until=clock.now() + 4) == encode_reply(Status.NO_CARD)


@pytest.mark.parametrize("end", [SimulatedStream.unplug, SimulatedStream.close])
def test_a_port_that_is_gone_is_absent(end, sam, clock):
    stream = SimulatedStream(sam, clock)
    end(stream)
    for use in (stream.discard_input, lambda: stream.write(b"x"), lambda: stream.read(until=0)):
        with pytest.raises(DeviceAbsent):
            use()
    stream.close()


# --- over TCP, through a real pyserial port --------------------------------------------------------------


def test_a_card_is_read_through_a_real_port(simulated, port):
    clock = SystemClock()
    reader = IdCardReader(port, clock)
    assert reader.start() == "05.01-20230817-0000000999-0000000001"
    reader.status()
    assert not reader.find()
    simulated.lay(CARD)
    assert reader.wait_for_card(clock.now() + 30) == CARD
    assert not reader.find()
    simulated.lift()
    simulated.lay(CARD)
    assert reader.find()


def test_a_card_is_read_at_the_pace_of_a_baud_rate_too():
    simulated = SimulatedReader(baud=115200)
    simulated.start()
    simulated.lay(CARD)
    clock = SystemClock()
    stream = SerialStream(simulated.url, clock)
    began = clock.now()
    assert IdCardReader(stream, clock).wait_for_card(began + 30) == CARD
    assert clock.now() - began >= 1295 * 10 / 115200  # no faster than the wire, however loaded the machine
    stream.close()
    simulated.close()


def test_mischief_reaches_the_port(simulated, port):
    reader = IdCardReader(port, SystemClock())
    simulated.misbehave(Refusal(Status.CHECKSUM_ERROR))
    with pytest.raises(DeviceProtocol):
        reader.find()
    simulated.behave()
    assert not reader.find()


def test_a_reader_that_went_away_is_absent_and_comes_back_at_the_same_url(simulated, port):
    url, reader = simulated.url, IdCardReader(port, SystemClock())
    assert not reader.find()
    simulated.close()
    with pytest.raises(DeviceAbsent):
        reader.find()
    with pytest.raises(DeviceAbsent):
        SerialStream(url, SystemClock())
    simulated.start()
    assert simulated.url == url
    again = SerialStream(url, SystemClock())
    assert not IdCardReader(again, SystemClock()).find()
    again.close()


def test_one_connection_after_another_is_served(simulated):
    for _ in range(3):
        stream = SerialStream(simulated.url, SystemClock())
        assert not IdCardReader(stream, SystemClock()).find()
        stream.close()


def test_closing_interrupts_a_late_answer_and_leaves_no_thread(simulated, port):
    simulated.misbehave(late(3600))
    port.write(encode(codec.FIND.body))
    assert port.read(until=SystemClock().now() + 0.05) == b""
    simulated.close()
    simulated.close()
    assert "simulated-idcard" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(DeviceAbsent):
        port.read(until=SystemClock().now() + 30)


def test_starting_twice_is_starting_once(simulated):
    url = simulated.url
    simulated.start()
    assert simulated.url == url
    assert [thread.name for thread in threading.enumerate()].count("simulated-idcard") == 1


def test_a_reader_has_no_url_before_it_was_started():
    with pytest.raises(RuntimeError, match="started"):
        assert SimulatedReader().url


def test_samples_come_in_all_kinds():
    assert {holder.kind for holder in sample_holders().values()} == set(CardKind)
