//! What the page knows, as signals: filled by the client, drawn by the components.

pub mod facts;
pub mod keys;
pub mod link;
