//! What the server tells a page while rendering it.
//!
//! The server provides [`PageFacts`] by context; the shell writes them as `<meta>` elements, and the page reads them back
//! from there. They are never part of the hydrated tree. Which address is which page is the server's router to say.

use crate::app::api::{LoginError, LoginView};

/// What stands at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The log viewer.
    Viewer,
    /// The login.
    Login,
    /// The user's logins.
    Logins,
    /// Nothing.
    #[default]
    NotFound,
}

impl Page {
    /// Every page.
    const ALL: [Self; 4] = [Self::Viewer, Self::Login, Self::Logins, Self::NotFound];

    /// The name under which the server tells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Login => "login",
            Self::Logins => "logins",
            Self::NotFound => "not-found",
        }
    }

    /// The page of a name; no page where there is no such name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|page| page.name() == name).unwrap_or_default()
    }

    /// The document's title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Viewer => "Frereth",
            Self::Login => "Log in · Frereth",
            Self::Logins => "Logins · Frereth",
            Self::NotFound => "Not found · Frereth",
        }
    }
}

/// The facts of one rendering of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// What stands at the address.
    pub page: Page,
    /// What went wrong with a form that was posted without JavaScript.
    pub problem: Option<LoginError>,
    /// Who is logged in.
    pub user: Option<String>,
    /// A ticket for the page's first socket, base64url.
    pub ticket: Option<String>,
    /// What the user's view remembers.
    pub memory: Option<String>,
    /// The login token's id, which the login key signs over when it asks for something.
    pub token_id: Option<String>,
    /// The user's logins, where the page lists them.
    pub logins: Vec<LoginView>,
    /// The server's build, for clients that are no page of it.
    pub build: Option<String>,
}

const PAGE: &str = "frereth-page";
const PROBLEM: &str = "frereth-problem";
const USER: &str = "frereth-user";
const TICKET: &str = "frereth-ticket";
const MEMORY: &str = "frereth-memory";
const TOKEN_ID: &str = "frereth-token-id";
const LOGINS: &str = "frereth-logins";
const BUILD: &str = "frereth-build";

impl PageFacts {
    /// The `<meta>` elements that tell them: each name with its content.
    #[must_use]
    pub fn to_metas(&self) -> Vec<(&'static str, String)> {
        let optional = [
            (PROBLEM, self.problem.as_ref().map(|problem| problem.code().to_owned())),
            (USER, self.user.clone()),
            (TICKET, self.ticket.clone()),
            (MEMORY, self.memory.clone()),
            (TOKEN_ID, self.token_id.clone()),
            (LOGINS, (!self.logins.is_empty()).then(|| json(&self.logins))),
            (BUILD, self.build.clone()),
        ];
        let told = optional.into_iter().filter_map(|(name, content)| Some((name, content?)));
        std::iter::once((PAGE, self.page.name().to_owned())).chain(told).collect()
    }

    /// Reads them back, given what returns the content of the `<meta>` element of a name.
    pub fn from_metas(content: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            page: Page::from_name(&content(PAGE).unwrap_or_default()),
            problem: content(PROBLEM).and_then(|code| LoginError::from_code(&code)),
            user: content(USER),
            ticket: content(TICKET),
            memory: content(MEMORY),
            token_id: content(TOKEN_ID),
            logins: content(LOGINS).and_then(|logins| serde_json::from_str(&logins).ok()).unwrap_or_default(),
            build: content(BUILD),
        }
    }
}

fn json(logins: &[LoginView]) -> String {
    serde_json::to_string(logins).expect("plain data is always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_tells_is_what_the_page_reads() {
        let some = |text: &str| Some(text.to_owned());
        let told = PageFacts {
            page: Page::Logins,
            problem: Some(LoginError::Throttled),
            user: some("ada"),
            ticket: some("dGlja2V0"),
            memory: some("mark a.log 17 %22\n"),
            token_id: some("17"),
            logins: vec![LoginView {
                id: "a".into(),
                user: "ada".into(),
                created_millis: 1,
                last_used_millis: 2,
                here: true,
                agent: "\"<&".into(),
                sessions: Vec::new(),
            }],
            build: some("0.1.0+1234"),
        };
        for facts in [told, PageFacts::default()] {
            let metas = facts.to_metas();
            let content = |name: &str| metas.iter().find(|(told, _)| *told == name).map(|(_, content)| content.clone());
            assert_eq!(PageFacts::from_metas(content), facts);
        }
    }

    #[test]
    fn every_page_has_a_name_of_its_own() {
        for page in Page::ALL {
            assert_eq!(Page::from_name(page.name()), page);
        }
    }
}
