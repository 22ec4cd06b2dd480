//! The page's script, WebAssembly and style, and what `public` holds: embedded in the executable, or from the build's folder
//! while cargo-leptos runs us. Everything here is public.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State as FromState};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, Method, StatusCode};
use sha2::{Digest, Sha256};

use super::encoding::Encoding;
use super::pages::not_found_page;
use super::state::State;

/// The site as it was when the server was built.
#[derive(rust_embed::Embed)]
#[folder = "$FRERETH_SITE"]
struct Embedded;

/// Where assets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assets {
    /// The executable.
    Embedded,
    /// A folder that changes while somebody works on the page.
    Folder(PathBuf),
}

/// One file and what identifies its content.
struct Asset {
    bytes: Cow<'static, [u8]>,
    hash: [u8; 32],
}

impl Assets {
    /// cargo-leptos names the folder to whatever it runs; anybody else gets what was built in.
    #[must_use]
    pub fn choose(site_root: Option<std::ffi::OsString>) -> Self {
        site_root.map_or(Self::Embedded, |root| Self::Folder(root.into()))
    }

    async fn read(&self, path: &str) -> Option<Asset> {
        match self {
            Self::Embedded => {
                Embedded::get(path).map(|file| Asset { bytes: file.data, hash: file.metadata.sha256_hash() })
            }
            Self::Folder(root) => {
                let bytes = tokio::fs::read(root.join(path)).await.ok()?;
                Some(Asset { hash: Sha256::digest(&bytes).into(), bytes: bytes.into() })
            }
        }
    }
}

/// Answers with the asset at the request's path, or the page that says that there is none.
pub async fn asset_or_not_found(FromState(state): FromState<Arc<State>>, request: Request) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path().trim_start_matches('/');
    if is_reading
        && is_plain(path)
        && let Some(found) = find(&state.assets, path, request.headers()).await
    {
        return found;
    }
    not_found_page(state, request).await
}

async fn find(assets: &Assets, path: &str, headers: &HeaderMap) -> Option<Response> {
    // The build puts compressed twins beside its files; a twin of something that is not there is not looked for.
    for encoding in [Encoding::Brotli, Encoding::Gzip] {
        if encoding.is_accepted(headers)
            && let Some(asset) = assets.read(&format!("{path}{}", encoding.suffix())).await
        {
            return Some(answer(path, &asset, Some(encoding), headers));
        }
    }
    assets.read(path).await.map(|asset| answer(path, &asset, None, headers))
}

fn answer(path: &str, asset: &Asset, encoding: Option<Encoding>, headers: &HeaderMap) -> Response {
    let hash: String = asset.hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let is_known = headers
        .get(IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    // The names never change, so the browser asks each time and is told in a few bytes that nothing did.
    let common = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_owned()), (VARY, "accept-encoding".to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let mut response = (common, [(CONTENT_TYPE, content_type(path))], asset.bytes.to_vec()).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, encoding.name());
    }
    response
}

/// Whether a path names a file below the folder in the plainest way: no empty or dotted parts, nothing encoded.
fn is_plain(path: &str) -> bool {
    let is_plain_char = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '/');
    path.chars().all(is_plain_char) && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::ACCEPT_ENCODING;

    use super::*;

    #[test]
    fn only_plain_paths_are_looked_up() {
        for good in ["pkg/frereth.js", "favicon.svg", "a/b-c_d.1/e"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in
            ["", "..", "../etc/passwd", "pkg/../../x", "pkg//x", "/etc/passwd", "pkg/.hidden", "%2e%2e/x", "a\\b"]
        {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_browser_that_has_the_file_is_told_so() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(folder.path().join("a.css"), "body{}").expect("a file");
        let assets = Assets::Folder(folder.path().to_owned());
        let first = find(&assets, "a.css", &HeaderMap::new()).await.expect("it is there");
        assert_eq!(first.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
        let known: HeaderMap = [(IF_NONE_MATCH, first.headers()[ETAG].clone())].into_iter().collect();
        assert_eq!(find(&assets, "a.css", &known).await.expect("still there").status(), StatusCode::NOT_MODIFIED);
        std::fs::write(folder.path().join("a.css"), "main{}").expect("a changed file");
        assert_eq!(find(&assets, "a.css", &known).await.expect("still there").status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_compressed_twin_is_preferred_where_it_is_understood() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(folder.path().join("a.js"), "1").expect("a file");
        std::fs::write(folder.path().join("a.js.br"), "br").expect("its twin");
        let assets = Assets::Folder(folder.path().to_owned());
        let asking =
            |accepted| [(ACCEPT_ENCODING, HeaderValue::from_static(accepted))].into_iter().collect::<HeaderMap>();
        let encoded = find(&assets, "a.js", &asking("gzip, br;q=0.9")).await.expect("it is there");
        assert_eq!(encoded.headers()[CONTENT_ENCODING], "br");
        assert_eq!(encoded.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        for plain in ["gzip", "br;q=0", ""] {
            let plain = find(&assets, "a.js", &asking(plain)).await.expect("it is there");
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        }
    }
}
