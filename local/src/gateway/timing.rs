//! `Server-Timing`: what a request cost, as a browser's network panel shows it.

use std::time::Duration;

use shared::runtime::meter::Counts;

/// The header's value: milliseconds in the function, and how many DynamoDB calls, capacity units and milliseconds they
/// include.
pub(crate) fn header(function: Duration, counts: &Counts) -> String {
    format!(
        "fn;dur={:.1}, ddb-read;desc=\"{} {} RRU\";dur={:.1}, ddb-write;desc=\"{} {} WRU\";dur={:.1}",
        millis(function),
        calls(counts.read_calls),
        counts.read_units,
        millis(counts.read_time),
        calls(counts.write_calls),
        counts.write_units,
        millis(counts.write_time),
    )
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn calls(count: u32) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_is_singular_and_whole_units_have_no_fraction() {
        let counts = Counts {
            read_calls: 1,
            read_units: 1.0,
            read_time: Duration::from_micros(400),
            write_calls: 1,
            write_units: 2.0,
            write_time: Duration::from_micros(600),
        };
        assert_eq!(
            header(Duration::from_micros(3_100), &counts),
            r#"fn;dur=3.1, ddb-read;desc="1 call 1 RRU";dur=0.4, ddb-write;desc="1 call 2 WRU";dur=0.6"#
        );
    }

    #[test]
    fn no_call_and_several_are_plural_and_halves_are_shown() {
        let counts = Counts { read_calls: 2, read_units: 1.5, ..Counts::default() };
        assert_eq!(
            header(Duration::ZERO, &counts),
            r#"fn;dur=0.0, ddb-read;desc="2 calls 1.5 RRU";dur=0.0, ddb-write;desc="0 calls 0 WRU";dur=0.0"#
        );
    }
}
