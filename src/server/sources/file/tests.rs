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
        Self { folder, text, changes }
    }

    fn path(&self) -> PathBuf {
        self.text.path().to_owned()
    }

    fn append(&self, text: &str) {
        append(&self.path(), text);
    }

    /// Waits until generation and end are these.
    async fn reaches(&mut self, generation: u32, end: u64) -> Extent {
        self.changes
            .wait_for(|extent| (extent.generation, extent.end) == (generation, end))
            .await
            .expect("the text lives")
            .clone()
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
    assert_eq!(scene.read(0).unwrap(), "one\n");
    scene.append("two\n");
    scene.reaches(0, 8).await;
    assert_eq!(scene.read(0).unwrap(), "one\ntwo\n");
}

#[tokio::test]
async fn a_truncated_file_is_a_new_generation() {
    let mut scene = Scene::new("one\ntwo\n");
    fs::write(scene.path(), "3\n").unwrap();
    scene.reaches(1, 2).await;
    assert_eq!(scene.read(1).unwrap(), "3\n");
    assert_eq!(scene.read(0).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_file_that_was_truncated_and_has_outgrown_its_old_size_is_a_new_generation() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, "first\nsecond\n").unwrap();
    // Not followed: nobody looks between the truncation and the growth.
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::write(&path, "something else\nthat is longer\n").unwrap();
    text.look(Instant::now());
    assert_eq!((text.extent().generation, text.extent().end), (1, 30));
    // The same beginning and another end.
    fs::write(&path, "something else\nthat is larger\nand grows\n").unwrap();
    text.look(Instant::now());
    assert_eq!((text.extent().generation, text.extent().end), (2, 40));
    append(&path, "and grows\n");
    text.look(Instant::now());
    assert_eq!((text.extent().generation, text.extent().end), (2, 50));
}

#[tokio::test]
async fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let mut scene = Scene::new("one\n");
    let rotated = scene.folder.path().join("app.log.1");
    fs::rename(scene.path(), &rotated).unwrap();
    scene.becomes(SourceState::Gone).await;
    fs::write(scene.path(), "").unwrap();
    scene.becomes(SourceState::Live).await;
    assert_eq!(scene.text.extent().generation, 0, "an empty successor takes nothing away");
    append(&rotated, "late\n");
    scene.reaches(0, 9).await;
    assert_eq!(scene.read(0).unwrap(), "one\nlate\n");
    scene.append("new\n");
    scene.reaches(1, 4).await;
    assert_eq!(scene.read(1).unwrap(), "new\n");
    scene.append("newer\n");
    scene.reaches(1, 10).await;
}

#[test]
fn a_late_line_of_the_old_file_is_told_before_the_generation_turns() {
    let folder = TempDir::new().unwrap();
    let (path, rotated) = (folder.path().join("app.log"), folder.path().join("app.log.1"));
    fs::write(&path, "one\n").unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::rename(&path, &rotated).unwrap();
    fs::write(&path, "new\n").unwrap();
    let start = Instant::now();
    assert!(text.look(start), "it wants to look again");
    append(&rotated, "late\n");
    assert!(text.look(start + QUIET), "the old file has just grown");
    assert_eq!((text.extent().generation, text.extent().end), (0, 9));
    assert!(!text.look(start + 2 * QUIET));
    assert_eq!((text.extent().generation, text.extent().end), (1, 4));
}

#[test]
fn a_successor_does_not_wait_for_ever() {
    let folder = TempDir::new().unwrap();
    let (path, rotated) = (folder.path().join("app.log"), folder.path().join("app.log.1"));
    fs::write(&path, "one\n").unwrap();
    let text = FileText::open(SourceId(0), &path).unwrap();
    fs::rename(&path, &rotated).unwrap();
    fs::write(&path, "new\n").unwrap();
    let start = Instant::now();
    let mut looks = 0;
    while text.look(start + looks * QUIET / 2) {
        append(&rotated, "the old one goes on\n");
        looks += 1;
    }
    assert_eq!(looks * QUIET / 2, PATIENCE);
    assert_eq!(text.extent().generation, 1);
}

#[tokio::test]
async fn a_removed_file_is_gone_and_comes_back() {
    let mut scene = Scene::new("one\n");
    fs::remove_file(scene.path()).unwrap();
    scene.becomes(SourceState::Gone).await;
    assert_eq!(scene.read(0).unwrap(), "one\n", "what was read can still be read");
    fs::write(scene.path(), "back again\n").unwrap();
    let extent = scene.reaches(1, 11).await;
    assert_eq!(extent.state, SourceState::Live);
    assert_eq!(scene.read(1).unwrap(), "back again\n");
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
    follower::follow(std::slice::from_ref(&text)).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    changes.wait_for(|extent| extent.state == SourceState::Gone).await.unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(&path, "two and more\n").unwrap();
    changes.wait_for(|extent| extent.generation == 1 && extent.end == 13).await.unwrap();
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
    let mut changes = text.changes();
    follower::follow(std::slice::from_ref(&text)).unwrap();
    append(&real.join("a.log"), "b\n");
    changes.wait_for(|extent| extent.end == 4).await.unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(real.join("b.log"), &link).unwrap();
    changes.wait_for(|extent| extent.generation == 1 && extent.end == 6).await.unwrap();
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
