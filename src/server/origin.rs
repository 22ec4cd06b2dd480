//! Web origins: scheme, host and port, compared as a whole.
//!
//! The gate, the login and the sealed things all name the page's origin by this one text form.

use std::fmt;
use std::str::FromStr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use super::config::{ConfigError, Listen};

/// An origin as browsers write it in the `Origin` header: lower case, no default port, no path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the `Host` header holds for it: host and, unless it is the scheme's own, port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether it is one of the names of this machine that browsers trust without TLS.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let name = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() };
        matches!(name, Some("localhost" | "127.0.0.1" | "[::1]"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no origin that the server can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError(String);

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no origin, expected one like `https://logs.example.org`, without a path or default port",
            self.0
        )
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || OriginError(text.to_owned());
        let uri: http::Uri = text.parse().map_err(|_| error())?;
        let (scheme, authority) = (uri.scheme_str().ok_or_else(error)?, uri.authority().ok_or_else(error)?);
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(error()),
        };
        // Whatever the browser would write differently could never be equal to what it sends.
        let canonical = format!("{scheme}://{authority}");
        let is_exact = canonical == text
            && *text == text.to_ascii_lowercase()
            && !authority.as_str().contains('@')
            && !authority.host().is_empty()
            && !authority.as_str().ends_with(':')
            && authority.port_u16() != Some(default_port);
        if is_exact { Ok(Self(canonical)) } else { Err(error()) }
    }
}

/// The origins under which browsers may reach the server; the first is the one in links that are printed.
#[derive(Clone, Debug)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// The origins of a server that listens at `listen`: those configured, or the loopback names with its port.
    ///
    /// # Errors
    /// [`ConfigError`] when browsers would have to speak plain http to another machine.
    pub fn of(listen: Listen, configured: &[String]) -> Result<Self, ConfigError> {
        let fault = |what: String| ConfigError { place: None, what };
        if configured.is_empty() {
            if !listen.is_loopback() {
                return Err(fault(format!(
                    "listening on {listen} lets other machines in without TLS: put a TLS proxy before it and name its \
                     origin in `public_origins = [\"https://...\"]`, or listen on localhost"
                )));
            }
            let port = if listen.port() == 80 { String::new() } else { format!(":{}", listen.port()) };
            let names = ["localhost", "127.0.0.1", "[::1]"];
            return Ok(Self(names.iter().map(|name| Origin(format!("http://{name}{port}"))).collect()));
        }
        let origins: Vec<Origin> = configured
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, OriginError>>()
            .map_err(|error| fault(error.to_string()))?;
        match origins.iter().find(|origin| !origin.is_https() && !origin.is_loopback()) {
            Some(origin) => Err(fault(format!(
                "the public origin {origin} is plain http to another machine, expected https (only loopback may do without)"
            ))),
            None => Ok(Self(origins)),
        }
    }

    /// The origin in links that are printed.
    #[must_use]
    pub fn first(&self) -> &Origin {
        self.0.first().expect("there is at least one origin by construction")
    }

    /// The origin that is exactly `text`.
    #[must_use]
    pub fn exact(&self, text: &str) -> Option<&Origin> {
        self.0.iter().find(|origin| origin.as_str() == text)
    }

    /// The origin at this `Host` header.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Option<&Origin> {
        self.0.iter().find(|origin| origin.host().eq_ignore_ascii_case(host))
    }

    /// The origin of a request: at its `Host`, and exactly its `Origin` where the browser says one.
    #[must_use]
    pub fn of_request(&self, headers: &HeaderMap) -> Option<&Origin> {
        let host = only(headers, &HOST)?;
        if headers.contains_key(ORIGIN) {
            self.exact(only(headers, &ORIGIN)?).filter(|origin| origin.host().eq_ignore_ascii_case(host))
        } else {
            self.at_host(host)
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }
}

/// The header's text, if it stands there exactly once.
pub fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_only_in_the_form_that_browsers_send() {
        for good in
            ["http://localhost:3000", "https://logs.example.org", "https://logs.example.org:8443", "http://[::1]:3000"]
        {
            assert_eq!(good.parse::<Origin>().map(|origin| origin.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "null",
            "localhost:3000",
            "http://localhost:3000/",
            "https://example.org:443",
            "http://example.org:80",
            "https://Example.org",
            "https://me@example.org",
            "ws://localhost:3000",
            "https://example.org/path",
            "https://example.org:",
            "",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_names_are_the_default() {
        let origins = Origins::of(Listen::Localhost { port: 4000 }, &[]).expect("loopback needs no TLS");
        assert_eq!(origins.first().as_str(), "http://localhost:4000");
        assert!(origins.exact("http://[::1]:4000").is_some());
        assert!(origins.exact("http://localhost:4001").is_none());
        assert!(origins.at_host("127.0.0.1:4000").is_some());
        assert!(origins.at_host("evil.example:4000").is_none());
    }

    #[test]
    fn plain_http_to_other_machines_is_refused() {
        let everywhere: Listen = "0.0.0.0:80".parse().expect("an address");
        assert!(Origins::of(everywhere, &[]).is_err());
        assert!(Origins::of(everywhere, &["http://logs.example.org".to_owned()]).is_err());
        assert!(Origins::of(everywhere, &["https://logs.example.org".to_owned()]).is_ok());
        assert!(Origins::of(Listen::default(), &["http://localhost:9000".to_owned()]).is_ok());
    }
}
