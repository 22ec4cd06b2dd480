//! What the page knows, as signals: filled by the client, drawn by the components.

pub mod agent;
pub mod commands;
pub mod document_parts;
pub mod facts;
pub mod keys;
pub mod link;
pub mod moments;
pub mod phrases;
pub mod row_selection;
pub mod row_window;
pub mod text_draft;
pub mod theme;
pub mod token_class;
pub mod view_tree;
pub mod world_view;
