//! The pages, one per path.

mod login;
mod logins;
mod not_found;
mod viewer;

pub use login::LoginPage;
pub use logins::LoginsPage;
pub use not_found::NotFoundPage;
pub use viewer::ViewerPage;
