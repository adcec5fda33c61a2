"""The parts of a conference room's reducer; `calls.conference` is the door to them."""
