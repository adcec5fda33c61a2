"""What the entries of the configuration are named by."""

from __future__ import annotations

from typing import NewType

UserId = NewType("UserId", str)
ConferenceId = NewType("ConferenceId", str)
DeviceId = NewType("DeviceId", str)
RevisionNumber = NewType("RevisionNumber", int)
TrunkId = NewType("TrunkId", str)
NumberId = NewType("NumberId", str)
GroupId = NewType("GroupId", str)
RingGroupId = NewType("RingGroupId", str)
MailboxId = NewType("MailboxId", str)
