//! Logs that were rotated are parts of one: `app.log.2.gz`, `app.log.1`, `app.log`. Entries of the same moment stand in the
//! order of their sources, so the oldest part comes first, however a shell sorts them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a part may be packed with.
const PACKED: [&str; 4] = [".gz", ".zst", ".bz2", ".xz"];

/// The paths, parts of one log in the order in which they were written; each log's parts in the places that they had.
pub(super) fn oldest_first(paths: &[PathBuf]) -> Vec<&PathBuf> {
    let parts: Vec<_> = paths.iter().map(|path| part(path)).collect();
    let mut logs: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        if let Some((log, _)) = part {
            logs.entry(log).or_default().push(index);
        }
    }
    let mut ordered: Vec<&PathBuf> = paths.iter().collect();
    for places in logs.into_values() {
        let mut oldest_first = places.clone();
        oldest_first.sort_by_key(|index| Reverse(parts[*index].map_or(0, |(_, age)| age)));
        for (place, index) in places.into_iter().zip(oldest_first) {
            ordered[place] = &paths[index];
        }
    }
    ordered
}

/// The path of the log that a path is a part of, and a number that is higher for what is older: 0 for the log itself.
fn part(path: &Path) -> Option<(&str, u64)> {
    let path = path.to_str()?;
    let plain = PACKED.iter().find_map(|packed| path.strip_suffix(packed)).unwrap_or(path);
    let digits = plain.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (log, number) = plain.split_at(plain.len() - digits);
    let is_part = log.strip_suffix(['.', '-']).filter(|log| !log.is_empty() && !log.ends_with('/'));
    Some(match (is_part, digits) {
        (Some(log), 1..=3) => (log, number.parse().ok()?),
        // A date, or a moment.
        (Some(log), 8..=14) => (log, u64::MAX - number.parse::<u64>().ok()?),
        _ => (path, 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        oldest_first(&paths).into_iter().map(|path| path.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn parts_of_a_log_are_in_the_order_in_which_they_were_written() {
        let given = ["app.log", "app.log.1", "app.log.10.gz", "app.log.2.gz"];
        assert_eq!(ordered(&given), ["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log"]);
        let given = ["/a/messages", "/a/messages-20260301", "/a/messages-20260222.gz"];
        assert_eq!(ordered(&given), ["/a/messages-20260222.gz", "/a/messages-20260301", "/a/messages"]);
    }

    #[test]
    fn other_logs_stay_where_they_are() {
        let given = ["web.log", "app.log", "db.log", "app.log.1", "-", "1", "/var/2", "worker-1.log", "worker-2.log"];
        let expected =
            ["web.log", "app.log.1", "db.log", "app.log", "-", "1", "/var/2", "worker-1.log", "worker-2.log"];
        assert_eq!(ordered(&given), expected);
    }
}
