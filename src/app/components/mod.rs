//! The components, one per file. Each is a thin drawing of a plain type in [`super::state`] or [`crate::world`].
