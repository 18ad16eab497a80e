//! Numbers as paths of a drawing: one unit across is one stretch of time, down are [`HEIGHT`] units.

use std::fmt::Write;

use crate::model::timeline::Span;

/// The height of a drawing.
pub const HEIGHT: f64 = 100.0;

/// The number at the upper end of the scale for numbers up to `most`: 1, 2 or 5 and zeros.
pub fn scale(most: f64) -> f64 {
    let mut top = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(40) {
        if top >= most {
            break;
        }
        top *= factor;
    }
    top
}

/// The last numbers as a line in steps, which ends where there is none and begins anew after that.
pub fn line(spans: &[Option<Span>], top: f64) -> String {
    let mut path = String::new();
    let mut pen = None;
    for (place, span) in spans.iter().enumerate() {
        let next = span.map(|span| height_of(span.last, top));
        // Writing to a String cannot fail.
        let _ = match (pen, next) {
            (None, Some(y)) => write!(path, "M{place} {y}"),
            (Some(before), Some(y)) if before != y => write!(path, "H{place}V{y}"),
            (Some(_), None) => write!(path, "H{place}"),
            _ => Ok(()),
        };
        pen = next;
    }
    if pen.is_some() {
        let _ = write!(path, "H{}", spans.len());
    }
    path
}

/// From the least to the most, where these differ.
pub fn reach(spans: &[Option<Span>], top: f64) -> String {
    let mut path = String::new();
    for (place, span) in spans.iter().enumerate() {
        let Some(span) = span.filter(|span| span.max > span.min) else { continue };
        let _ = write!(path, "M{place} {}h1V{}h-1z", height_of(span.max, top), height_of(span.min, top));
    }
    path
}

/// The number as people read it.
pub fn number(value: f64) -> String {
    if value.fract() == 0.0 { crate::ui::format::count(&format!("{value:.0}")) } else { format!("{value:.1}") }
}

fn height_of(value: f64, top: f64) -> i64 {
    (HEIGHT * (1.0 - value / top)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(numbers: &[Option<f64>]) -> Vec<Option<Span>> {
        numbers.iter().map(|number| number.map(|last| Span { min: last, max: last, last })).collect()
    }

    #[test]
    fn a_line_breaks_where_nothing_was_heard() {
        let numbers = spans(&[Some(0.0), Some(0.0), Some(10.0), None, None, Some(5.0)]);
        assert_eq!(line(&numbers, 10.0), "M0 100H2V0H3M5 50H6");
        assert_eq!(line(&spans(&[None, None]), 10.0), "");
        assert_eq!(line(&[], 10.0), "");
    }

    #[test]
    fn what_moved_within_a_stretch_is_an_area() {
        let moved = [Some(Span { min: 0.0, max: 10.0, last: 5.0 }), None, Some(Span { min: 1.0, max: 1.0, last: 1.0 })];
        assert_eq!(reach(&moved, 10.0), "M0 0h1V100h-1z");
    }

    #[test]
    fn a_scale_ends_at_a_round_number() {
        let tops = [0.0, 1.0, 1.5, 3.0, 5.0, 7.0, 99.0, 12_845.0].map(scale);
        assert_eq!(tops, [1.0, 1.0, 2.0, 5.0, 5.0, 10.0, 100.0, 20_000.0]);
        assert_eq!(number(12_845.0), "12\u{202f}845");
        assert_eq!(number(2.25), "2.2");
    }
}
