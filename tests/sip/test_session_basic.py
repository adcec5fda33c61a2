"""Calls over a clean network: answered, refused, cancelled, ended from either side."""

from __future__ import annotations

import gc

from switchroom.sip.events import (
    EndCause,
    IncomingInvite,
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    SessionCancelled,
    SessionConfirmed,
    SessionEnded,
)
from switchroom.sip.headers import Reason
from tests.sip.phones import ALICE, ANSWER, OFFER, establish, invite, only, pair, ring


def test_a_call_is_answered_and_ended_by_the_caller() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    assert only(bob.of_kind(IncomingInvite)).sdp == OFFER
    assert [event.status for event in alice.of_kind(InviteProgress)] == [180]
    alice.endpoint.hang_up(ALICE, network.now, reasons=(Reason("Q.850", 16, "bye"),))
    network.run()
    assert only(alice.of_kind(SessionEnded)) == SessionEnded(
        ALICE, EndCause.LOCAL_BYE, (Reason("Q.850", 16, "bye"),)
    )
    assert only(bob.of_kind(SessionEnded)) == SessionEnded(
        session, EndCause.REMOTE_BYE, (Reason("Q.850", 16, "bye"),)
    )
    assert [line.split()[0] + " " + line.split()[1] for line in network.lines()] == [
        "INVITE sip:bob@192.0.2.2:5060",
        "SIP/2.0 180",
        "SIP/2.0 200",
        "ACK sip:bob@192.0.2.2:5060",
        "BYE sip:bob@192.0.2.2:5060",
        "SIP/2.0 200",
    ]
    network.run(40)
    assert network.quiet
    assert alice.endpoint.transactions == bob.endpoint.transactions == 0
    assert alice.endpoint.sessions == bob.endpoint.sessions == 0


def test_the_callee_hangs_up() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    bob.endpoint.hang_up(session, network.now)
    network.run()
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.LOCAL_BYE


def test_a_refusal_is_acknowledged_and_told() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    bob.endpoint.reject(session, 486, network.now, headers=(("Retry-After", "17 (lunch)"),))
    network.run()
    rejected = only(alice.of_kind(InviteRejected))
    assert (rejected.status, rejected.reason, rejected.retry_after) == (486, "Busy Here", 17)
    assert network.lines()[-1].startswith("ACK ")
    network.run(40)
    assert network.quiet


def test_100_goes_out_only_when_nothing_else_does_within_200_ms() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob), network.now)
    network.run(0.15)
    assert network.lines(bob) == []
    network.run(0.2)
    assert network.lines(bob) == ["SIP/2.0 100 Trying"]
    assert alice.of_kind(InviteProgress) == []


def test_cancel_waits_for_a_provisional_response() -> None:
    network, alice, bob = pair()
    alice.endpoint.invite(ALICE, invite(bob), network.now)
    alice.endpoint.hang_up(ALICE, network.now, reasons=(Reason("SIP", 200, "Call completed elsewhere"),))
    network.run(0.1)
    assert [line.split()[0] for line in network.lines(alice)] == ["INVITE"]
    network.run(0.5)
    cancelled = only(bob.of_kind(SessionCancelled))
    assert cancelled.reasons == (Reason("SIP", 200, "Call completed elsewhere"),)
    assert only(alice.of_kind(InviteRejected)).status == 487
    network.run(70)
    assert network.quiet and alice.endpoint.transactions == bob.endpoint.transactions == 0


def test_cancel_while_ringing() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    alice.endpoint.hang_up(ALICE, network.now)
    network.run()
    assert only(bob.of_kind(SessionCancelled)).session == session
    assert only(alice.of_kind(InviteRejected)).status == 487
    bob.endpoint.accept(session, ANSWER, network.now)  # too late: nothing happens
    network.run(70)
    assert network.quiet and not alice.of_kind(InviteAccepted)


def test_a_cancel_that_crosses_a_200_ends_in_ack_and_bye() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    alice.endpoint.hang_up(ALICE, network.now)
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(1)
    assert not alice.of_kind(InviteAccepted)
    assert only(alice.of_kind(InviteRejected)).status == 487
    assert only(bob.of_kind(SessionConfirmed)).session == session
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE
    assert "ACK" in [line.split()[0] for line in network.lines(alice)]
    network.run(70)
    assert network.quiet and alice.endpoint.transactions == bob.endpoint.transactions == 0


def test_a_cancelled_invite_that_gets_no_final_response_is_given_up_after_64_t1() -> None:
    network, alice, bob = pair()
    ring(network, alice, bob)
    bob.reachable = False
    alice.endpoint.hang_up(ALICE, network.now)
    network.run(31.5)
    assert not alice.of_kind(InviteRejected)
    network.run(1)
    assert only(alice.of_kind(InviteRejected)).status == 408


def test_nobody_there_is_408_after_64_t1() -> None:
    network, alice, bob = pair()
    bob.reachable = False
    alice.endpoint.invite(ALICE, invite(bob), network.now)
    network.run(31.9)
    assert not alice.events
    network.run(0.2)
    assert only(alice.of_kind(InviteRejected)).status == 408
    assert len(network.lines(alice)) == 7  # timer A: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    assert network.quiet


def test_ringing_for_ever_is_cancelled_after_three_minutes() -> None:
    network, alice, bob = pair()
    ring(network, alice, bob)
    network.run(181)
    assert only(alice.of_kind(InviteRejected)).status == 487
    assert len(bob.of_kind(SessionCancelled)) == 1
    # Meanwhile the 180 was repeated every minute.
    assert network.lines(bob).count("SIP/2.0 180 Ringing") == 3


def test_a_lost_ack_is_mended_by_the_2xx_that_comes_again() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    lost: list[str] = []

    def drop_first_ack(sent: object) -> bool:
        line = getattr(sent, "first_line", "")
        if line.startswith("ACK") and not lost:
            lost.append(line)
            return True
        return False

    network.drop = drop_first_ack
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(5)
    assert lost and len(alice.of_kind(InviteAccepted)) == 1
    assert only(bob.of_kind(SessionConfirmed)).session == session
    assert network.lines(bob).count("SIP/2.0 200 OK") == 2


def test_without_any_ack_the_call_ends_after_64_t1_with_bye() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    network.drop = lambda sent: sent.first_line.startswith("ACK")
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run(31)
    assert not bob.of_kind(SessionEnded)
    network.run(2)
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.ACK_MISSING
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE
    # 0.5, 1, 2, 4, 4 ... s between them (RFC 3261 §13.3.1.4)
    assert network.lines(bob).count("SIP/2.0 200 OK") == 11


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    network, alice, bob = pair()
    session = ring(network, alice, bob)
    held = True
    network.drop = lambda sent: held and sent.first_line.startswith("ACK")
    bob.endpoint.accept(session, ANSWER, network.now)
    bob.endpoint.hang_up(session, network.now)
    network.run(1)
    assert only(bob.of_kind(SessionEnded)).cause is EndCause.LOCAL_BYE
    assert not [line for line in network.lines(bob) if line.startswith("BYE")]
    held = False
    network.run(3)
    assert [line for line in network.lines(bob) if line.startswith("BYE")]
    assert not bob.of_kind(SessionConfirmed)
    assert only(alice.of_kind(SessionEnded)).cause is EndCause.REMOTE_BYE


def test_byes_that_cross_are_both_answered_200() -> None:
    network, alice, bob = pair()
    session = establish(network, alice, bob)
    start = len(network.log)
    alice.endpoint.hang_up(ALICE, network.now)
    bob.endpoint.hang_up(session, network.now)
    network.run(40)
    lines = [one.first_line for one in network.log[start:]]
    assert sorted(line.split()[0] for line in lines) == ["BYE", "BYE", "SIP/2.0", "SIP/2.0"]
    assert lines.count("SIP/2.0 200 OK") == 2
    assert network.quiet and alice.endpoint.transactions == 0


def test_a_finished_call_is_freed_without_the_garbage_collector() -> None:
    """Pauses of the collector are pauses of every call: nothing that ends may form a cycle."""
    network, alice, bob = pair()
    for number in range(3):
        alice.events.clear()
        bob.events.clear()
        session = ring(network, alice, bob) if number else establish(network, alice, bob)
        alice.endpoint.hang_up(ALICE, network.now)
        network.run(1)
        bob.endpoint.reject(session, 486, network.now)
        network.run(100)
    network.log.clear()
    alice.events.clear()
    bob.events.clear()
    assert network.quiet
    gc.collect()
    gc.disable()
    try:
        session = establish(network, alice, bob)
        alice.endpoint.offer(ALICE, OFFER + b"2", network.now)
        network.run(0.1)
        bob.endpoint.answer(session, ANSWER, network.now)
        network.run(1)
        bob.endpoint.hang_up(session, network.now)
        network.run(100)
        alice.events.clear()
        bob.events.clear()
        session = ring(network, alice, bob)
        alice.endpoint.hang_up(ALICE, network.now)
        network.run(100)
        assert network.quiet
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(one).__name__ for one in gc.garbage if type(one).__module__.startswith("switchroom")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == set()
