"""Call control: pure reducers for calls and rooms, one file a feature, and one runner that carries out what
they want.

The door is `runner.py`; `ports.py` says what it needs, `machine.py` which reducer takes which state.
"""

from switchroom.calls.admission import Admission
from switchroom.calls.ports import Credential, Ports, Registered, RegistrarReply
from switchroom.calls.runner import Runner, RunnerConfig
from switchroom.calls.values import Place, Problem, Prompt

__all__ = [
    "Admission",
    "Credential",
    "Place",
    "Ports",
    "Problem",
    "Prompt",
    "Registered",
    "RegistrarReply",
    "Runner",
    "RunnerConfig",
]
