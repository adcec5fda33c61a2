"""What people wrote of their calls is kept, in the place of what was there."""

from __future__ import annotations

from switchroom.store import Store
from switchroom.store.call_notes import CallNoteRow


async def test_each_person_has_one_note_of_a_call(store: Store) -> None:
    notes = store.call_notes
    assert await notes.get("call-1", "user-201") is None
    first = CallNoteRow("call-1", "user-201", activity_id="own/7", changed_at=5.0)
    await notes.put(first)
    await notes.put(CallNoteRow("call-1", "user-202", "own", note="his\x00", changed_at=6.0))
    assert await notes.get("call-1", "user-201") == first and not first.decided
    changed = CallNoteRow(
        "call-1", "user-201", "own", "crm", "record-1", "own/7", "Said yes.", "reached", 7.0
    )
    await notes.put(changed)
    assert await notes.get("call-1", "user-201") == changed
    other = await notes.get("call-1", "user-202")
    assert other is not None and (other.decided, other.record_id, other.note) == (True, "", "his\ufffd")
    assert await notes.delete_before(7.0) == 1 and await notes.get("call-1", "user-202") is None
