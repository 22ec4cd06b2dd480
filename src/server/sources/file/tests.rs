//! What happens to files in the wild, on a real file system; each test waits for what is told and never for time.

use std::fs;
use std::io::Write;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::watch::Receiver;

use super::*;
use crate::server::sources::follower;

struct Scene {
    folder: TempDir,
    text: Arc<FileText>,
    changes: Receiver<Extent>,
    /// The generation of what it held first.
    first: u32,
}

impl Scene {
    /// A followed file that holds `content`.
    fn new(content: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, content).unwrap();
        let text = Arc::new(FileText::open(SourceId(0), &path).unwrap());
        let changes = text.changes();
        follower::follow(std::slice::from_ref(&text)).unwrap();
        let first = text.extent().generation;
        Self { folder, text, changes, first }
    }

    fn path(&self) -> PathBuf {
        self.text.path().to_owned()
    }

    fn append(&self, text: &str) {
        append(&self.path(), text);
    }

    /// Waits until what it held first has this end.
    async fn reaches(&mut self, end: u64) {
        let first = self.first;
        self.changes.wait_for(|extent| (extent.generation, extent.end) == (first, end)).await.expect("the text lives");
    }

    /// Waits until another generation has this end.
    async fn turns_over(&mut self, end: u64) -> Extent {
        let first = self.first;
        let is_other = |extent: &Extent| extent.generation != first && extent.end == end;
        self.changes.wait_for(is_other).await.expect("the text lives").clone()
    }

    async fn becomes(&mut self, state: SourceState) {
        self.changes.wait_for(|extent| extent.state == state).await.expect("the text lives");
    }

    fn read(&self, generation: u32) -> io::Result<String> {
        let mut buffer = vec![0; 1 << 16];
        let read = self.text.read_at(generation, 0, &mut buffer)?;
        Ok(String::from_utf8(buffer[..read].to_vec()).unwrap())
    }
}

fn append(path: &Path, text: &str) {
    fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn an_appended_line_is_told_and_read() {
    let mut scene = Scene::new("one\n");
    assert_eq!(scene.read(scene.first).unwrap(), "one\n");
    scene.append("two\n");
    scene.reaches(8).await;
    assert_eq!(scene.read(scene.first).unwrap(), "one\ntwo\n");
}

#[tokio::test]
async fn a_truncated_file_is_a_new_generation() {
    let mut scene = Scene::new("one\ntwo\n");
    fs::write(scene.path(), "3\n").unwrap();
    let extent = scene.turns_over(2).await;
    assert_eq!(scene.read(extent.generation).unwrap(), "3\n");
    assert_eq!(scene.read(scene.first).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_file_that_was_truncated_and_has_outgrown_its_old_size_is_a_new_generation() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, "first\nsecond\n").unwrap();
    // Not followed: nobody looks between the truncation and the growth.
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::write(&path, "something else\nthat is longer\n").unwrap();
    let first = text.extent().generation;
    text.look(Instant::now());
    let second = text.extent();
    assert_eq!(second.end, 30);
    assert_ne!(second.generation, first);
    // The same beginning and another end.
    fs::write(&path, "something else\nthat is larger\nand grows\n").unwrap();
    text.look(Instant::now());
    let third = text.extent();
    assert_eq!(third.end, 40);
    assert!(![first, second.generation].contains(&third.generation));
    append(&path, "and grows\n");
    text.look(Instant::now());
    assert_eq!((text.extent().generation, text.extent().end), (third.generation, 50));
}

/// A log that is long enough to be recognised.
fn long(word: &str) -> String {
    format!("{word}\n").repeat(300)
}

/// The generation that a server gives the file when it starts.
fn generation_at_start(path: &Path) -> u32 {
    FileText::open(SourceId(0), path).unwrap().extent().generation
}

#[test]
fn a_file_that_is_opened_again_goes_on_and_another_one_does_not() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, long("one")).unwrap();
    let first = generation_at_start(&path);
    append(&path, "two\n");
    assert_eq!(generation_at_start(&path), first);
    // Kept, so that its inode is not given to the next one.
    fs::rename(&path, folder.path().join("app.log.1")).unwrap();
    fs::write(&path, long("one")).unwrap();
    assert_ne!(generation_at_start(&path), first, "a file like it is not it");
    fs::write(&path, "short\n").unwrap();
    assert_ne!(generation_at_start(&path), generation_at_start(&path), "too short to be recognised");
}

#[test]
fn a_rotated_file_has_the_same_name_for_the_next_server() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, long("one")).unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    let first = text.extent().generation;
    fs::rename(&path, folder.path().join("app.log.1")).unwrap();
    fs::write(&path, long("two")).unwrap();
    let start = Instant::now();
    assert!(text.look(start), "it waits for the old one to be quiet");
    text.look(start + PATIENCE);
    assert_ne!(text.extent().generation, first);
    assert_eq!(text.extent().generation, generation_at_start(&path));
}

#[test]
fn a_file_that_is_truncated_and_begins_as_before_is_never_the_one_before() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, long("one") + "and more\n").unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    let mut names = vec![text.extent().generation];
    for rest in ["and", "a"] {
        fs::write(&path, long("one") + rest).unwrap();
        text.look(Instant::now());
        let name = text.extent().generation;
        assert!(!names.contains(&name), "{name} in {names:?}");
        names.push(name);
    }
}

#[tokio::test]
async fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let mut scene = Scene::new("one\n");
    let rotated = scene.folder.path().join("app.log.1");
    fs::rename(scene.path(), &rotated).unwrap();
    scene.becomes(SourceState::Gone).await;
    fs::write(scene.path(), "").unwrap();
    scene.becomes(SourceState::Live).await;
    assert_eq!(scene.text.extent().generation, scene.first, "an empty successor takes nothing away");
    append(&rotated, "late\n");
    scene.reaches(9).await;
    assert_eq!(scene.read(scene.first).unwrap(), "one\nlate\n");
    scene.append("new\n");
    let extent = scene.turns_over(4).await;
    assert_eq!(scene.read(extent.generation).unwrap(), "new\n");
    scene.append("newer\n");
    assert_eq!(scene.turns_over(10).await.generation, extent.generation);
}

#[test]
fn a_late_line_of_the_old_file_is_told_before_the_generation_turns() {
    let folder = TempDir::new().unwrap();
    let (path, rotated) = (folder.path().join("app.log"), folder.path().join("app.log.1"));
    fs::write(&path, "one\n").unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::rename(&path, &rotated).unwrap();
    fs::write(&path, "new\n").unwrap();
    let (start, first) = (Instant::now(), text.extent().generation);
    assert!(text.look(start), "it wants to look again");
    append(&rotated, "late\n");
    assert!(text.look(start + QUIET), "the old file has just grown");
    assert_eq!((text.extent().generation, text.extent().end), (first, 9));
    assert!(!text.look(start + 2 * QUIET));
    assert_eq!(text.extent().end, 4);
    assert_ne!(text.extent().generation, first);
}

#[test]
fn a_successor_does_not_wait_for_ever() {
    let folder = TempDir::new().unwrap();
    let (path, rotated) = (folder.path().join("app.log"), folder.path().join("app.log.1"));
    fs::write(&path, "one\n").unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::rename(&path, &rotated).unwrap();
    fs::write(&path, "new\n").unwrap();
    let (start, first) = (Instant::now(), text.extent().generation);
    let mut looks = 0;
    while text.look(start + looks * QUIET / 2) {
        append(&rotated, "the old one goes on\n");
        looks += 1;
    }
    assert_eq!(looks * QUIET / 2, PATIENCE);
    assert_ne!(text.extent().generation, first);
}

#[tokio::test]
async fn a_removed_file_is_gone_and_comes_back() {
    let mut scene = Scene::new("one\n");
    fs::remove_file(scene.path()).unwrap();
    scene.becomes(SourceState::Gone).await;
    assert_eq!(scene.read(scene.first).unwrap(), "one\n", "what was read can still be read");
    fs::write(scene.path(), "back again\n").unwrap();
    let extent = scene.turns_over(11).await;
    assert_eq!(extent.state, SourceState::Live);
    assert_eq!(scene.read(extent.generation).unwrap(), "back again\n");
}

#[tokio::test]
async fn a_folder_that_comes_back_is_followed_again() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("logs");
    let path = folder.join("app.log");
    fs::create_dir(&folder).unwrap();
    fs::write(&path, "one\n").unwrap();
    let text = Arc::new(FileText::open(SourceId(0), &path).unwrap());
    let mut changes = text.changes();
    let first = text.extent().generation;
    follower::follow(std::slice::from_ref(&text)).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    changes.wait_for(|extent| extent.state == SourceState::Gone).await.unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(&path, "two and more\n").unwrap();
    changes.wait_for(|extent| extent.generation != first && extent.end == 13).await.unwrap();
}

#[tokio::test]
async fn a_link_is_followed_to_where_it_points() {
    let folder = TempDir::new().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::create_dir(&real).unwrap();
    fs::write(real.join("a.log"), "a\n").unwrap();
    fs::write(real.join("b.log"), "other\n").unwrap();
    std::os::unix::fs::symlink(real.join("a.log"), &link).unwrap();
    let text = Arc::new(FileText::open(SourceId(0), &link).unwrap());
    let (mut changes, first) = (text.changes(), text.extent().generation);
    follower::follow(std::slice::from_ref(&text)).unwrap();
    append(&real.join("a.log"), "b\n");
    changes.wait_for(|extent| extent.end == 4).await.unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(real.join("b.log"), &link).unwrap();
    changes.wait_for(|extent| extent.generation != first && extent.end == 6).await.unwrap();
}

#[test]
fn what_is_not_a_regular_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let kind = |path: &Path| FileText::open(SourceId(0), path).err().map(|error| error.kind());
    assert_eq!(kind(folder.path()), Some(io::ErrorKind::IsADirectory));
    assert_eq!(kind(&folder.path().join("missing")), Some(io::ErrorKind::NotFound));
}

#[tokio::test]
async fn many_files_are_followed_at_once() {
    let folder = TempDir::new().unwrap();
    let texts: Vec<_> = (0..1000)
        .map(|number| {
            let path = folder.path().join(format!("{number}.log"));
            fs::write(&path, "x\n").unwrap();
            Arc::new(FileText::open(SourceId(number), &path).unwrap())
        })
        .collect();
    follower::follow(&texts).unwrap();
    for text in &texts {
        append(text.path(), "y\n");
    }
    for text in &texts {
        text.changes().wait_for(|extent| extent.end == 4).await.unwrap();
    }
}
