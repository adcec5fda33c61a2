"""The REST API and the pages of the web server, over the store and plain views of the running system."""

from switchroom.api.app import SipWebSocket, Site, create_app
from switchroom.api.ports import (
    HealthCheck,
    Live,
    LiveCall,
    LiveParticipant,
    LiveParty,
    LiveProblem,
    LiveRegistration,
    LiveRoom,
    NothingLive,
)
from switchroom.api.running import RunningSystem

__all__ = [
    "HealthCheck",
    "Live",
    "LiveCall",
    "LiveParticipant",
    "LiveParty",
    "LiveProblem",
    "LiveRegistration",
    "LiveRoom",
    "NothingLive",
    "RunningSystem",
    "SipWebSocket",
    "Site",
    "create_app",
]
