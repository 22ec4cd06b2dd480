//! The one seam between the two builds of the user interface: twin files behind the same signatures.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
pub use browser::{harden_page, signed_in_user};
#[cfg(feature = "ssr")]
pub use server::{harden_page, signed_in_user};
