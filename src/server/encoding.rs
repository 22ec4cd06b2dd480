//! The compressions that the build prepares, and which of them a request's sender understands.

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

/// A compression that the build prepares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
}

impl Encoding {
    /// As `Content-Encoding` names it.
    #[must_use]
    pub const fn name(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        })
    }

    /// What the name of a compressed file ends with.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Whether the request with these headers may be answered so.
    #[must_use]
    pub fn is_accepted(self, headers: &HeaderMap) -> bool {
        let accepted = headers.get(ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
        accepted.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            self.name() == name.trim() && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    }
}
