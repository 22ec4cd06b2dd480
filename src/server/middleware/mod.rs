//! What stands around every route, one concern per file.

pub mod gate;
pub mod headers;
pub mod patience;
