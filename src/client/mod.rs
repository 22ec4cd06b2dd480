//! The page's machinery: socket, keys, the worlds' sandboxes.
