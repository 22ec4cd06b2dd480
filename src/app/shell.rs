//! The document around the application: rendered by the server only, never hydrated.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use super::App;
use super::platform::{harden_page, page_facts};

/// Installs the trusted-types policy, before anything else runs.
const BOOT_SCRIPT: &str = include_str!("../../public/boot.js");
/// Applies the remembered theme before the first paint.
const THEME_SCRIPT: &str = include_str!("../../public/theme.js");

/// Renders the document: what the page needs before its first paint, the facts for the client, and the application.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    harden_page(&options);
    let facts = page_facts();
    let metas = facts.to_metas().into_iter().map(|(name, content)| view! { <meta name=name content=content /> });
    let nonce = use_nonce();
    let package = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f7f8fa" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14171c" />
                <meta name="description" content="A log viewer for people who run more than one process." />
                {metas.collect_view()}
                <title>{facts.page.title()}</title>
                <script nonce=nonce.clone()>{BOOT_SCRIPT}</script>
                <script nonce=nonce.clone()>{THEME_SCRIPT}</script>
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="apple-touch-icon" href="/icon-192.png" />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link rel="stylesheet" href=format!("{package}.css") />
                <link rel="modulepreload" href=format!("{package}.js") />
                <link rel="preload" href=format!("{package}.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <AutoReload options />
                <script type="module" nonce=nonce>
                    {format!("import start, {{ hydrate }} from '{package}.js'; await start({{ module_or_path: '{package}.wasm' }}); hydrate();")}
                </script>
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
