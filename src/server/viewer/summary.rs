//! The answer to `Summarize`: what a summary says, cut to what fits into a frame.

use std::sync::Arc;

use super::result::FilterResult;
use crate::log::summary::{Facet, Kind, Snapshot, Summary, ValueCount};
use crate::world::summary::{
    BARS_MAX, Bar, FIELDS_MAX, FieldSummary, PATTERNS_MAX, PatternSummary, Summarize, Summarized, TEMPLATE_BYTES_MAX,
    TEXT_BYTES_MAX, VALUES_MAX, ValueSummary,
};

/// What there is to tell of these results together that was not seen. Blocks while it is put together.
pub fn told(results: &[Arc<FilterResult>], asked: &Summarize) -> Option<Summarized> {
    let version = results.iter().filter_map(|result| result.version()).sum();
    if version == asked.seen {
        return None;
    }
    let (mut summary, mut read_bytes, mut bytes) = (Summary::new(BARS_MAX), 0, 0);
    for (part, read, of) in results.iter().filter_map(|result| result.summary()) {
        summary.merge(part);
        (read_bytes, bytes) = (read_bytes + read, bytes + of);
    }
    let Snapshot { counts, untimed, buckets, fields, patterns, patterns_held, sources, sources_distinct, .. } =
        summary.snapshot(BARS_MAX, PATTERNS_MAX.max(VALUES_MAX));
    let sources = (sources.len() > 1).then(|| FieldSummary {
        path: "source".to_owned(),
        entries: counts.iter().sum(),
        distinct: sources_distinct,
        values: values(sources),
    });
    let bars_end_nanos = buckets.last().map_or(0, |bucket| nanos(bucket.to));
    let bar = |from, counts| Bar { from_nanos: nanos(from), counts };
    let pattern = |template: &str, count| PatternSummary { template: cut(template, TEMPLATE_BYTES_MAX).0, count };
    Some(Summarized {
        req: asked.req,
        version,
        read_bytes,
        bytes,
        counts,
        untimed,
        bars: buckets.into_iter().map(|bucket| bar(bucket.from, bucket.counts)).collect(),
        bars_end_nanos,
        fields: fields.into_iter().filter(is_telling).take(FIELDS_MAX).map(field).collect(),
        patterns: patterns.into_iter().take(PATTERNS_MAX).map(|one| pattern(&one.template, one.count)).collect(),
        patterns_held,
        sources,
    })
}

/// Whether a value stands in more than one entry: what is another in each, a time or a number, tells nothing of the whole.
fn is_telling(facet: &Facet) -> bool {
    facet.values.first().is_some_and(|most| most.count > 1 || facet.entries == 1)
}

fn field(facet: Facet) -> FieldSummary {
    FieldSummary {
        path: cut(&String::from_utf8_lossy(&facet.path), TEXT_BYTES_MAX).0,
        entries: facet.entries,
        distinct: facet.distinct,
        values: values(facet.values),
    }
}

/// The most frequent.
fn values(values: Vec<ValueCount>) -> Vec<ValueSummary> {
    values.into_iter().take(VALUES_MAX).map(value).collect()
}

fn value(value: ValueCount) -> ValueSummary {
    let written = str::from_utf8(&value.text).is_ok();
    let (text, is_cut) = cut(&String::from_utf8_lossy(&value.text), TEXT_BYTES_MAX);
    ValueSummary {
        text,
        is_cut: is_cut || value.is_cut || !written,
        is_text: value.kind == Kind::Text,
        count: value.count,
        max_error: value.max_error,
    }
}

/// At most so many bytes of a text, and whether it has more.
fn cut(text: &str, most: usize) -> (String, bool) {
    let end = text.floor_char_boundary(most);
    (text[..end].to_owned(), end < text.len())
}

/// A moment, or the nearest that there is a number for.
fn nanos(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}
