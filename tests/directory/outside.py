"""A configuration with trunks, numbers and groups, for the tests of the directory."""

from __future__ import annotations

from switchroom.directory import (
    CallRights,
    Conference,
    ConferenceId,
    ConferenceServer,
    Destination,
    DestinationKind,
    GroupId,
    IncomingNumber,
    Mailbox,
    MailboxId,
    NumberId,
    OutgoingRule,
    RingGroup,
    RingGroupId,
    Schedule,
    Settings,
    Snapshot,
    Trunk,
    TrunkId,
    TrunkKind,
    User,
    UserGroup,
    UserId,
)

ANNA = User(
    UserId("a"), "201", "Anna", email="anna@company.example", voicemail=True, outgoing_number=NumberId("n")
)
BRUNO = User(UserId("b"), "202", "Bruno", rights=CallRights(countries=("FR",)))
BOARD = Conference(ConferenceId("c"), "Board", "8002", dial_in_id="31415")
TRUNK = Trunk(
    TrunkId("t"),
    "Provider",
    TrunkKind.REGISTRATION,
    "sip.provider.example",
    username="4711",
    addresses=("198.51.100.0/24", "out.provider.example", "2001:db8::1"),
    countries=("US", "BE"),
)
OFFICE_HOURS = Schedule((0, 1, 2, 3, 4), "08:30", "18:00")
NUMBER = IncomingNumber(
    NumberId("n"),
    "+3222903490",
    "Main",
    trunk=TRUNK.id,
    destination=Destination(DestinationKind.RING_GROUP, "r"),
    schedule=(OFFICE_HOURS,),
    otherwise=Destination(DestinationKind.VOICEMAIL, "a"),
    language="fr",
)
SALES = RingGroup(
    RingGroupId("r"),
    "300",
    "Sales",
    (ANNA.id, BRUNO.id),
    otherwise=Destination(DestinationKind.VOICEMAIL, "m"),
)
TEAM = UserGroup(GroupId("g"), "Team", (ANNA.id,), CallRights(False, False, ("BE", "GB"), True), pickup=True)
BOX = Mailbox(MailboxId("m"), "Sales", "390", email="sales@company.example")


def outside() -> Snapshot:
    """Everything refers to something."""
    settings = Settings(
        default_number=NUMBER.id,
        outgoing_rules=(OutgoingRule("+33", NUMBER.id),),
        night=Schedule((5, 6), "20:00", "06:00"),
        night_countries=("FR",),
        emergency_notice=("desk@company.example",),
    )
    return Snapshot(
        settings=settings,
        users={ANNA.id: ANNA, BRUNO.id: BRUNO},
        conferences={BOARD.id: BOARD},
        conference_server=ConferenceServer("8000"),
        trunks={TRUNK.id: TRUNK},
        numbers={NUMBER.id: NUMBER},
        ring_groups={SALES.id: SALES},
        groups={TEAM.id: TEAM},
        mailboxes={BOX.id: BOX},
    )
