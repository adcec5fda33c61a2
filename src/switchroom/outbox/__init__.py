"""What leaves by mail: invitations with their calendar entries, from the store until they are delivered."""

from switchroom.outbox.addresses import BadAddress, read_address
from switchroom.outbox.delivery import DeliveryFailed, deliver
from switchroom.outbox.invitation import Dial, Invitation, compose, trial_mail
from switchroom.outbox.post import Post
from switchroom.outbox.removed import Cancellations
from switchroom.outbox.voicemail import VoicemailMail

__all__ = [
    "BadAddress",
    "Cancellations",
    "DeliveryFailed",
    "Dial",
    "Invitation",
    "Post",
    "VoicemailMail",
    "compose",
    "deliver",
    "read_address",
    "trial_mail",
]
