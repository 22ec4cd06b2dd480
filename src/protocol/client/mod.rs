//! The page's half of the handshake, mirrored file by file by [`super::server`].
