//! Switchroom's audio core.
