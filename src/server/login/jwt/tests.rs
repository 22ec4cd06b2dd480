//! What a login token must not get away with.
