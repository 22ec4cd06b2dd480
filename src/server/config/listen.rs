//! Where the server listens, as people write it: `localhost:3000`, `127.0.0.1:3000`, `[::1]:3000`, `0.0.0.0:80`, `3000`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A place to listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Both loopback addresses, so that nobody else on this machine can answer for `localhost` at our port.
    Localhost {
        /// The port; 0 picks a free one.
        port: u16,
    },
    /// One address.
    Address(SocketAddr),
}

impl Listen {
    /// The addresses to bind: the first must succeed.
    #[must_use]
    pub fn addresses(self) -> Vec<SocketAddr> {
        match self {
            Self::Localhost { port } => {
                vec![(IpAddr::V4(Ipv4Addr::LOCALHOST), port).into(), (IpAddr::V6(Ipv6Addr::LOCALHOST), port).into()]
            }
            Self::Address(address) => vec![address],
        }
    }

    /// The port asked for.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Localhost { port } => port,
            Self::Address(address) => address.port(),
        }
    }

    /// The same place at the port that was given in the end.
    #[must_use]
    pub const fn at_port(self, port: u16) -> Self {
        match self {
            Self::Localhost { .. } => Self::Localhost { port },
            Self::Address(mut address) => {
                address.set_port(port);
                Self::Address(address)
            }
        }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub const fn is_loopback(self) -> bool {
        match self {
            Self::Localhost { .. } => true,
            Self::Address(address) => address.ip().is_loopback(),
        }
    }

    /// The name of its data directory: one per place however it is written, without characters that shells stumble over.
    /// 127.0.0.1 is a part of localhost, and no two servers can have both.
    #[must_use]
    pub fn directory_name(self) -> String {
        let place = match self {
            Self::Address(address) if address.ip() == Ipv4Addr::LOCALHOST => Self::Localhost { port: address.port() },
            other => other,
        };
        place.to_string().replace(['[', ']'], "").replace(':', "-")
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self::Localhost { port: 3000 }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localhost { port } => write!(f, "localhost:{port}"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let localhost = |port: &str| port.parse().ok().map(|port| Self::Localhost { port });
        text.strip_prefix("localhost:")
            .or_else(|| text.strip_prefix(':'))
            .or(Some(text))
            .and_then(localhost)
            .or_else(|| text.parse().ok().map(Self::Address))
            .ok_or_else(|| {
                format!("`{text}` is no address to listen at, expected one like `localhost:3000` or `192.0.2.7:3000`")
            })
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_people_write_it() {
        for text in ["localhost:4000", "4000", ":4000"] {
            assert_eq!(text.parse(), Ok(Listen::Localhost { port: 4000 }), "{text}");
        }
        assert_eq!("127.0.0.1:0".parse(), Ok(Listen::Address(([127, 0, 0, 1], 0).into())));
        assert_eq!("[::1]:80".parse::<Listen>().map(Listen::is_loopback), Ok(true));
        assert_eq!("0.0.0.0:80".parse::<Listen>().map(Listen::is_loopback), Ok(false));
        for text in ["", "localhost", "99999", "example.org:3000", "127.0.0.1"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_place_has_its_own_directory() {
        assert_eq!(Listen::default().directory_name(), "localhost-3000");
        assert_eq!("[::1]:80".parse::<Listen>().map(Listen::directory_name), Ok("--1-80".to_owned()));
        assert_eq!("127.0.0.2:3000".parse::<Listen>().map(Listen::directory_name), Ok("127.0.0.2-3000".to_owned()));
        for text in ["7031", "localhost:7031", "127.0.0.1:7031"] {
            assert_eq!(text.parse::<Listen>().map(Listen::directory_name), Ok("localhost-7031".to_owned()), "{text}");
        }
    }
}
