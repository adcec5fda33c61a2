"""Switchroom: a self-hosted business phone system."""
