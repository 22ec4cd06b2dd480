//! The login cookie, and where else a token may stand.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

/// The cookie of one installation.
#[derive(Clone, Debug)]
pub struct LoginCookie {
    name: String,
}

impl LoginCookie {
    /// Cookies ignore ports, so the installation's number keeps two servers on one host apart.
    #[must_use]
    pub fn of(installation: [u8; 4]) -> Self {
        Self { name: format!("__Host-frereth-{:08x}", u32::from_be_bytes(installation)) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `Set-Cookie` that carries `token` for at most `seconds`.
    #[must_use]
    pub fn set(&self, token: &str, seconds: u64) -> HeaderValue {
        let text = format!("{}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax", self.name);
        HeaderValue::from_str(&text).expect("a token is base64url and dots")
    }

    /// The `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn clear(&self) -> HeaderValue {
        self.set("", 0)
    }

    /// The token in these headers: in the cookie, or else behind `Authorization: Bearer`. Two different ones are none.
    #[must_use]
    pub fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut cookies = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        match (cookies.next(), cookies.next(), bearer(headers)) {
            (Some(token), None, None) | (None, None, Some(token)) => Some(token),
            _ => None,
        }
    }
}

/// The token behind `Authorization: Bearer`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(http::HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let cookie = LoginCookie::of([0, 1, 2, 3]);
        assert_eq!(cookie.name(), "__Host-frereth-00010203");
        let found = headers(&[(COOKIE, "theme=dark; __Host-frereth-00010203=a.b.c; x=y")]);
        assert_eq!(cookie.token(&found), Some("a.b.c"));
        assert_eq!(cookie.token(&headers(&[(COOKIE, "__Host-frereth-00010204=a.b.c")])), None, "another server's");
        assert_eq!(cookie.token(&headers(&[(AUTHORIZATION, "Bearer a.b.c")])), Some("a.b.c"));
        assert_eq!(cookie.token(&headers(&[(AUTHORIZATION, "Basic a.b.c")])), None);
    }

    #[test]
    fn two_tokens_are_none() {
        let cookie = LoginCookie::of([0; 4]);
        let twice = headers(&[(COOKIE, "__Host-frereth-00000000=a"), (AUTHORIZATION, "Bearer b")]);
        assert_eq!(cookie.token(&twice), None);
        assert_eq!(cookie.token(&headers(&[(COOKIE, "__Host-frereth-00000000=a; __Host-frereth-00000000=b")])), None);
    }

    #[test]
    fn the_cookie_has_every_attribute_that_its_prefix_asks_for() {
        let set = LoginCookie::of([0xab; 4]).set("a.b.c", 60);
        assert_eq!(
            set.to_str().ok(),
            Some("__Host-frereth-abababab=a.b.c; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax")
        );
    }
}
