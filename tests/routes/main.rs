//! The server's routes, each tried over a real process on a free port. A route's tests live at its path.

mod client;
mod server;

mod healthz {
    mod get;
}
mod page {
    mod get;
}
mod login {
    mod post;
}
mod ws {
    mod get;
}
mod world {
    mod post;
}
mod ticket {
    mod post;
}
