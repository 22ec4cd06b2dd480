//! The logins, driven with a clock by hand.
