//! A browser in a person's words: `Chrome 156 on Linux`.

/// What a user agent's text holds, what is said of it, in the order of asking: most browsers name others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Version/", "Safari"),
];

/// Systems, likewise: Android calls itself Linux too, and an iPhone a Mac.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Returns a short name for whoever sent this `User-Agent`; the text itself where it names no browser that is known.
#[must_use]
pub fn agent_words(agent: &str) -> String {
    let browser = BROWSERS.iter().find_map(|(sign, name)| {
        let (_, after) = agent.split_once(sign)?;
        let version: String = after.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{name} {version}"))
    });
    let system = SYSTEMS.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| name);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser,
        (None, _) if agent.is_empty() => "Unknown browser".to_owned(),
        (None, _) => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 \
                    Safari/537.36 Edg/156.0.0.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/19.0 Mobile/15E148 Safari/604.1";
        let firefox = "Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0";
        assert_eq!(agent_words(chrome), "Chrome 156 on Linux");
        assert_eq!(agent_words(edge), "Edge 156 on Windows");
        assert_eq!(agent_words(safari), "Safari 19 on iOS");
        assert_eq!(agent_words(firefox), "Firefox 150 on Android");
    }

    #[test]
    fn whoever_is_unknown_is_called_what_it_calls_itself() {
        assert_eq!(agent_words("curl/8.0"), "curl/8.0");
        assert_eq!(agent_words(""), "Unknown browser");
    }
}
