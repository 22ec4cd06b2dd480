//! All sources while entries arrive late: what a world is told of moves and pushes adds up to what it would be answered.

use super::*;
use crate::server::sources::Sources as ServedSources;
use crate::server::sources::text::Source as ServedSource;
use crate::world::batch::Row;

/// Three texts, served together.
pub(super) fn served() -> (Vec<Arc<MemoryText>>, ServedSources) {
    let texts: Vec<_> =
        (0..3).map(|number| MemoryText::of(SourceId(number), line(0, &format!("first {number}")))).collect();
    let source = |(number, text): (u32, &Arc<MemoryText>)| ServedSource {
        id: SourceId(number),
        name: format!("source {number}"),
        origin: "test".into(),
        text: text.clone(),
    };
    let sources = ServedSources::new((0..).zip(&texts).map(source).collect(), &Formats::default());
    (texts, sources)
}

pub(super) fn line(second: u64, words: &str) -> Vec<u8> {
    format!("2026-01-01T00:{:02}:{:02}Z INFO {words}\n", second / 60, second % 60).into_bytes()
}

/// A world that keeps every row that it was told of, and nothing else.
struct World {
    page: Page,
    rows: Vec<(Place, Vec<u8>)>,
    moves: usize,
    /// Whether it has let go of rows.
    is_cut: bool,
}

impl World {
    async fn open(viewer: &Viewer, filter: Option<&str>) -> Self {
        let page = Page::join(viewer, PLENTY, 64);
        page.send(&Open { source: SourceId::ALL, filter: filter.map(Into::into), follow: true, after: None });
        let mut world = Self { page, rows: Vec::new(), moves: 0, is_cut: false };
        world.page.hear_for(3_000).await;
        world.rows = world.asked().await;
        world
    }

    /// What the server answers now.
    async fn asked(&mut self) -> Vec<(Place, Vec<u8>)> {
        let mut rows = Vec::new();
        loop {
            let window = self.page.ask(Anchor::Row(rows.len() as u64), 1000).await.expect("answered");
            rows.extend(window.run.rows.into_iter().map(|row| (row.place, row.bytes)));
            if window.reaches_end {
                return rows;
            }
        }
    }

    async fn hear_for(&mut self, millis: u64) {
        for said in self.page.hear_for(millis).await {
            match said {
                Said::Moved(moved) => self.take_moved(&moved),
                Said::Batch(batch) => batch.run.rows.into_iter().for_each(|row| self.take_row(row)),
                Said::Total(_) | Said::Sources(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn take_moved(&mut self, moved: &Moved) {
        self.moves += 1;
        if moved.stretches.is_empty() {
            // A world would ask now: something was on its way.
            self.is_cut = true;
            self.rows.retain(|(place, _)| place.offset < moved.kept);
        }
        for (place, _) in &mut self.rows {
            *place = moved.place_now(*place).expect("of the generation before, and said");
        }
        self.rows.sort();
    }

    /// What is known is pushed again now and then; what stands between others came up before it was found.
    fn take_row(&mut self, row: Row) {
        if let Err(at) = self.rows.binary_search_by(|(place, _)| place.cmp(&row.place)) {
            self.rows.insert(at, (row.place, row.bytes));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn moves_and_pushes_add_up_to_what_is_there_and_kept_indexes_and_results_to_fresh_ones() {
    for seed in 1..6 {
        let (mut dice, (texts, sources)) = (Dice(seed * 77), served());
        let viewer = Viewer::new(sources.clone());
        let queries = [None, Some("7"), Some("level:info 3"), Some("nowhere")];
        let mut worlds = Vec::new();
        for query in queries {
            worlds.push(World::open(&viewer, query).await);
        }
        let mut seconds = [0; 3];
        for step in 0..60 {
            let number = dice.roll(3) as usize;
            for _ in 0..dice.roll(6) {
                seconds[number] += dice.roll(4);
                texts[number].append(&match dice.roll(5) {
                    0 => format!("  more of {step} {}\n", dice.roll(100)).into_bytes(),
                    _ => line(seconds[number], &format!("{number} {step} {}", dice.roll(100))),
                });
            }
            let millis = dice.roll(200);
            for world in &mut worlds {
                world.hear_for(millis).await;
            }
        }
        let fresh = Viewer::new(sources.clone());
        let (mut lines, mut whole) = (0, 0);
        for (world, query) in worlds.iter_mut().zip(queries) {
            world.hear_for(3_000).await;
            let asked = world.asked().await;
            assert!(world.is_cut || world.rows == asked, "seed {seed}: {query:?}");
            whole += usize::from(!world.is_cut);
            assert_eq!(World::open(&fresh, query).await.rows, asked, "seed {seed}: {query:?}");
            assert!(world.moves > 5, "{} moves", world.moves);
            assert!(world.page.total.exact);
            assert_eq!(world.page.total.rows, asked.len() as u64);
            lines = lines.max(asked.len());
        }
        let written: usize = texts.iter().map(|text| super::lines(&text.bytes()).len()).sum();
        assert_eq!(lines, written);
        assert!(whole > 2, "{whole} worlds were told all");
        let times: Vec<_> =
            worlds[0].rows.iter().filter(|(_, bytes)| bytes.starts_with(b"2026")).map(|row| &row.1[..20]).collect();
        assert!(times.is_sorted(), "times of a source ascend here, so those of all do");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_was_lost_while_lines_moved_goes_on_where_its_world_was() {
    let (texts, sources) = served();
    let mut world = World::open(&Viewer::new(sources), None).await;
    texts[0].append(&[line(9, "a"), line(11, "b")].concat());
    world.hear_for(500).await;
    let held = world.rows.last().expect("there are rows").0;
    world.page.world.suspend();
    texts[1].append(&line(10, "late"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    texts[0].append(&line(12, "c"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.page.resume(PLENTY);
    world.page.send(&Open { source: SourceId::ALL, filter: None, follow: true, after: Some(held) });
    let said = world.page.hear_for(2_000).await;
    let moved = said.iter().position(|said| matches!(said, Said::Moved(_)));
    let total = said.iter().position(|said| matches!(said, Said::Total(_)));
    assert!(moved.is_some() && moved < total, "what moved is said first: {said:?}");
    let pushed: Vec<Vec<u8>> = said
        .into_iter()
        .filter_map(|said| if let Said::Batch(batch) = said { Some(batch.run.rows) } else { None })
        .flatten()
        .map(|row| row.bytes)
        .collect();
    let naive: Vec<_> =
        [line(10, "late"), line(11, "b"), line(12, "c")].iter().map(|line| line[..line.len() - 1].to_vec()).collect();
    assert_eq!(pushed, naive, "from the first on that the world does not hold");
}

#[tokio::test(start_paused = true)]
async fn bytes_of_a_line_are_found_by_a_place_of_a_generation_before() {
    let (texts, sources) = served();
    let mut world = World::open(&Viewer::new(sources), None).await;
    texts[0].append(&[line(9, "a"), line(11, "b")].concat());
    world.hear_for(500).await;
    let place = world.rows.last().expect("there are rows").0;
    texts[1].append(&line(10, "late"));
    world.hear_for(1_000).await;
    assert_eq!(world.moves, 1);
    world.page.send(&Fetch { req: 9, from: place, to: place, skip: 0 });
    let Said::Fetched(fetched) = world.page.hear().await else { panic!("no bytes") };
    assert_eq!(fetched.bytes, line(11, "b"));
}

#[tokio::test]
async fn a_log_that_changes_its_format_stays_in_order_with_the_others() {
    let (texts, sources) = served();
    let viewer = Viewer::new(sources);
    let json = |second: u64, words: &str| {
        format!("{{\"time\":\"2026-01-01T00:{:02}:{:02}Z\",\"msg\":\"{words}\"}}\n", second / 60, second % 60)
            .into_bytes()
    };
    let old: Vec<u8> = (1..400).flat_map(|second| line(second, "text")).collect();
    let new: Vec<u8> = (400..800).flat_map(|second| json(second, "json")).collect();
    texts[0].append(&[old, new].concat());
    texts[1].append(&(1..800).step_by(7).flat_map(|second| line(second, "other")).collect::<Vec<u8>>());
    let mut world = World::open(&viewer, None).await;
    let is_sorted = |rows: &[(Place, Vec<u8>)]| {
        let times = rows.iter().map(|(_, bytes)| {
            let at = bytes.windows(5).position(|part| part == b"T00:0" || part == b"T00:1").expect("a time");
            bytes[at..at + 9].to_vec()
        });
        times.is_sorted()
    };
    for _ in 0..40 {
        if is_sorted(&world.rows) {
            break;
        }
        world.hear_for(250).await;
        world.rows = world.asked().await;
    }
    assert_eq!(world.rows.len(), 3 + 799 + 115);
    assert!(is_sorted(&world.rows));
}
