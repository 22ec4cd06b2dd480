//! What a configuration file may and may not say.

mod deadlines;

use std::path::{Path, PathBuf};

use super::*;

fn parsed(text: &str) -> Result<Config, String> {
    File::parse(Path::new("/etc/frereth/Leptos.toml"), text).map_err(|error| error.to_string())
}

/// Formats are not to be compared, but have words.
fn words(config: &Config) -> String {
    format!("{config:#?}")
}

#[track_caller]
fn fault(text: &str, line: usize, expected: &[&str]) {
    let error = parsed(text).expect_err("a fault");
    assert!(error.starts_with(&format!("/etc/frereth/Leptos.toml:{line}: ")), "{error}");
    assert!(!error.contains('\n'), "one line: {error}");
    for words in expected {
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
}

#[test]
fn an_empty_file_is_all_defaults() {
    assert_eq!(words(&parsed("").expect("a good file")), words(&Config::default()));
}

#[test]
fn what_the_file_says_counts_and_relative_paths_start_at_it() {
    let config = parsed(
        "[frereth]\nlisten = \"4000\"\ndata = \"state\"\nsources = [\"a.log\", \"/b.log\"]\n\
         [frereth.timings]\nfirst_message_millis = 250\n",
    )
    .expect("a good file");
    assert_eq!(config.listen, Listen::Localhost { port: 4000 });
    assert_eq!(config.data, Some(PathBuf::from("/etc/frereth/state")));
    assert_eq!(config.sources, [PathBuf::from("/etc/frereth/a.log"), PathBuf::from("/b.log")]);
    assert_eq!(config.timings, Timings { first_message_millis: 250, ..Timings::default() });
}

#[test]
fn the_servers_address_wins_over_leptos_own() {
    let leptos = "[package.metadata.leptos]\nsite-addr = \"127.0.0.1:5000\"\n";
    assert_eq!(parsed(leptos).expect("a good file").listen.port(), 5000);
    assert_eq!(parsed(&format!("{leptos}[frereth]\nlisten = \"6000\"\n")).expect("a good file").listen.port(), 6000);
}

#[test]
fn an_unknown_key_names_its_line_and_what_is_known() {
    fault("[frereth]\n\nlissen = \"3000\"\n", 3, &["unknown field `lissen`", "`listen`"]);
    fault("[frereth.timings]\nhello = 1\n", 2, &["unknown field `hello`", "hello_millis"]);
    fault("[package.metadata.leptos]\nstyle-file = \"x\"\n", 2, &["unknown field `style-file`"]);
    fault("[server]\n", 1, &["unknown field `server`"]);
}

#[test]
fn a_wrong_type_names_its_line_and_the_right_one() {
    fault("[frereth.login]\nidle_minutes = \"long\"\n", 2, &["invalid type", "string \"long\"", "expected i64"]);
    fault("[frereth]\nsources = \"a.log\"\n", 2, &["invalid type", "expected a sequence"]);
    fault("[frereth\n", 1, &[]);
}

#[test]
fn an_impossible_value_names_its_line_and_the_possible_ones() {
    fault("[frereth.timings]\nfirst_message_millis = 0\n", 2, &["0 is out of range", "from 1 to 600000"]);
    fault("[frereth.timings]\n\nstall_millis = -1\n", 3, &["-1 is out of range"]);
    fault("[frereth]\nlisten = \"everywhere\"\n", 2, &["`everywhere` is no address"]);
    fault("[frereth]\nlog = \"loud\"\n", 2, &["`loud` is no log level", "debug"]);
    fault(
        "[frereth]\npublic_origins = [\n  \"https://a.example\",\n  \"https://b.example/path\",\n]\n",
        4,
        &["`https://b.example/path` is no origin"],
    );
    fault("[frereth.login]\nidle_minutes = 60\nabsolute_minutes = 30\n", 1, &["idle_minutes is longer"]);
}

#[test]
fn a_byte_that_is_no_text_names_its_line() {
    let file = std::env::temp_dir().join(format!("frereth-no-text-{}.toml", std::process::id()));
    std::fs::write(&file, b"[frereth]\nlog = \"\xff\"\n").expect("a file");
    let error = File::read(&file).expect_err("a fault").to_string();
    std::fs::remove_file(&file).expect("the file was there");
    assert!(error.ends_with(".toml:2: there is a byte that is no UTF-8"), "{error}");
}

#[test]
fn a_format_of_ones_own_is_known_and_its_mistakes_name_their_line() {
    let config = parsed(
        "[[frereth.formats]]\nname = \"shop\"\nregex = '^(?<time>\\S+) (?<message>.*)$'\n\
         [[frereth.formats]]\nname = \"shop-json\"\njson = { time = \"meta.at\" }\n",
    )
    .expect("good formats");
    let names: Vec<_> = config.formats.iter().map(|format| format.name()).collect();
    assert_eq!(names, ["shop", "shop-json"]);
    let format = |lines: &str| format!("[[frereth.formats]]\n{lines}\n");
    fault(&format("name = \"shop\"\nregex = '(?<time>'"), 3, &["does not compile", "unclosed group"]);
    fault(&format("name = \"shop\"\nregex = 'no groups'"), 3, &["no named group"]);
    fault(&format("name = \"json\"\nregex = '(?<time>.)'"), 2, &["a format called json is built in"]);
    fault(&format("name = \"s h o p\"\nregex = '(?<time>.)'"), 2, &["is no name for a format"]);
    fault(&format("name = \"shop\"\njson = { when = \"at\" }"), 3, &["\"when\" is no role", "time"]);
    fault(&format("name = \"shop\""), 2, &["either `regex` or `json`"]);
    fault(&format("name = \"shop\"\nregexp = 'x'"), 3, &["unknown field `regexp`"]);
    let shop = format("name = \"shop\"\nregex = '(?<time>.)'");
    fault(&format!("{shop}{shop}"), 5, &["two formats called shop"]);
}

#[test]
fn a_format_is_forced_by_name_or_path_and_a_mistake_names_its_line() {
    let shop = "[[frereth.formats]]\nname = \"shop\"\nregex = '(?<time>.)'\n";
    let force = |source: &str, format: &str| {
        format!("[[frereth.source_formats]]\nsource = \"{source}\"\nformat = \"{format}\"\n")
    };
    let both = [force("worker*.log", "shop"), force("logs/a.log", "json"), force("standard input", "logfmt")].concat();
    let config = parsed(&format!("{shop}{both}")).expect("good formats");
    let said: Vec<_> =
        config.source_formats.iter().map(|forced| (forced.source.as_str(), forced.format.name())).collect();
    assert_eq!(said, [("worker*.log", "shop"), ("/etc/frereth/logs/a.log", "json"), ("standard input", "logfmt")]);
    fault(&force("a.log", "jsonn"), 3, &["there is no format `jsonn`", "json, "]);
    fault(&format!("{shop}{}", force("a.log", "sho")), 6, &["there is no format `sho`", "shop, "]);
    fault(&force("", "json"), 2, &["expected a source"]);
    fault("[[frereth.source_formats]]\nsource = \"a.log\"\n", 1, &["missing field `format`"]);
    fault("[[frereth.source_formats]]\nfile = \"a.log\"\n", 2, &["unknown field `file`", "`source`"]);
}

#[test]
fn the_file_of_this_tree_is_good_and_says_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Leptos.toml");
    let config = File::read(&path).expect("the tree's file");
    let site = Site { site_addr: config.site.site_addr, env: config.site.env, ..Site::default() };
    assert_eq!(words(&config), words(&Config { site, ..Config::default() }));
}

#[test]
fn its_leptos_table_says_what_the_build_is_told() {
    let table = |name: &str| {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file of the tree");
        let whole: toml::Table = text.parse().expect("toml");
        whole["package"]["metadata"]["leptos"].as_table().expect("a table").clone()
    };
    let (ours, build) = (table("Leptos.toml"), table("Cargo.toml"));
    // The build asks for no environment: it has a profile.
    let shared: Vec<_> = ours.into_iter().filter(|(key, _)| key != "env").collect();
    assert!(!shared.is_empty());
    for (key, value) in shared {
        assert_eq!(Some(&value), build.get(&key), "{key}");
    }
}

#[test]
fn cargo_leptos_is_heard_and_does_not_take_the_second_loopback_away() {
    let mut config = Config::default();
    let environment = |name: &str| match name {
        "LEPTOS_SITE_ADDR" => Some("127.0.0.1:3000".to_owned()),
        "LEPTOS_RELOAD_PORT" => Some("3999".to_owned()),
        "LEPTOS_SITE_ROOT" => Some("elsewhere".to_owned()),
        _ => None,
    };
    config.overlay_environment(environment).expect("a good environment");
    assert_eq!(config.listen, Listen::Localhost { port: 3000 });
    assert_eq!((config.site.reload_port, config.site.site_root.as_str()), (3999, "elsewhere"));
    let moved = |name: &str| (name == "LEPTOS_SITE_ADDR").then(|| "127.0.0.1:4000".to_owned());
    config.overlay_environment(moved).expect("a good environment");
    assert_eq!(config.listen.port(), 4000);
    let wrong = |name: &str| (name == "LEPTOS_RELOAD_PORT").then(|| "many".to_owned());
    assert!(config.overlay_environment(wrong).is_err());
}
