//! What the server tells a page while rendering it.
//!
//! The server provides [`PageFacts`] by context; the shell writes them as `<meta>` elements under the names here, and
//! the page reads them back from there. They are never part of the hydrated tree.

/// The facts of one rendering of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// Who is logged in.
    pub user: Option<String>,
    /// A ticket for the page's first socket, base64url.
    pub ticket: Option<String>,
    /// The login token's id, which the login key signs over when it asks for something.
    pub token_id: Option<String>,
    /// The server's build.
    pub build: &'static str,
}

/// The meta element that holds [`PageFacts::user`].
pub const META_USER: &str = "frereth-user";
/// The meta element that holds [`PageFacts::ticket`].
pub const META_TICKET: &str = "frereth-ticket";
/// The meta element that holds [`PageFacts::token_id`].
pub const META_TOKEN_ID: &str = "frereth-token-id";
/// The meta element that holds [`PageFacts::build`].
pub const META_BUILD: &str = "frereth-build";
