//! How well messages are grouped, on logs whose events are known: the loghub sample, where it lies in a folder `shared/data`
//! beside or above the project, or where FRERETH_LOGHUB says. Without it nothing is checked, and the test says so.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use frereth::log::pattern::{PatternId, Patterns};

/// What the files with the truth end in; what stands before it is the log's name.
const TRUTH: &str = "_2k.log_structured.csv";

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("FRERETH_LOGHUB").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data/loghub"));
    named.into_iter().chain(above).find(|folder| folder.is_dir())
}

/// The logs in the folder, by name, with what their files hold.
fn logs(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).expect("the folder can be read").flatten();
    let log = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(TRUTH)?.to_owned();
        Some((name, fs::read_to_string(path).expect("the log can be read")))
    };
    files.filter_map(|file| log(file.path())).collect()
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut is_quoted) = (vec![String::new()], false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut().expect("there is always one");
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            _ => field.push(character),
        }
    }
    fields
}

/// Messages with their true events.
fn events(csv: &str) -> Vec<(String, String)> {
    let mut lines = csv.lines().map(fields);
    let header = lines.next().expect("there is a header");
    let column = |name| header.iter().position(|field| field == name).expect("there is the column");
    let (message, event) = (column("Content"), column("EventId"));
    lines.map(|fields| (fields[message].clone(), fields[event].clone())).collect()
}

/// The share of entries whose group holds exactly the entries of their true event.
fn accuracy(groups: &[PatternId], events: &[(String, String)]) -> f64 {
    let mut by_event: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut sizes: HashMap<PatternId, usize> = HashMap::new();
    for (entry, (group, (_, event))) in groups.iter().zip(events).enumerate() {
        by_event.entry(event).or_default().push(entry);
        *sizes.entry(*group).or_default() += 1;
    }
    let is_whole = |entries: &&Vec<usize>| {
        let group = groups[entries[0]];
        sizes[&group] == entries.len() && entries.iter().all(|entry| groups[*entry] == group)
    };
    let right: usize = by_event.values().filter(is_whole).map(Vec::len).sum();
    right as f64 / events.len() as f64
}

#[test]
fn nine_of_ten_entries_stand_with_exactly_their_own() {
    let Some(folder) = folder() else { return println!("skipped: no loghub sample here") };
    let logs = logs(&folder);
    assert!(!logs.is_empty(), "there is no log in {}", folder.display());
    let mut sum = 0.0;
    for (log, csv) in &logs {
        let events = events(csv);
        let mut patterns = Patterns::default();
        let given: Vec<_> = events.iter().map(|(message, _)| patterns.add(message.as_bytes())).collect();
        let groups: Vec<_> = given.iter().map(|id| patterns.resolve(*id)).collect();
        let found: Vec<_> = events.iter().filter_map(|(message, _)| patterns.find(message.as_bytes())).collect();
        assert_eq!(groups, found, "{log}: a second look finds other patterns");
        let accuracy = accuracy(&groups, &events);
        println!("{log:10} {accuracy:.4} {:4} patterns", patterns.len());
        sum += accuracy;
    }
    let mean = sum / logs.len() as f64;
    println!("{:10} {mean:.4}", "mean");
    assert!(mean >= 0.90, "{mean}");
}
