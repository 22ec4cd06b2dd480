//! The log viewer's world.
