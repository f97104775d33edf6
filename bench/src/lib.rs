//! What several of the benchmarks need.

use std::io;
use std::path::Path;
use std::time::Duration;

/// The processor time of all threads of a process, by its id or `self`. Linux counts it in nanoseconds. Unlike the time
/// on a clock, it hardly depends on what else the machine does.
///
/// # Errors
///
/// If there is no such process, or no Linux.
pub fn processor_time(process: &str) -> io::Result<Duration> {
    let threads = std::fs::read_dir(Path::new("/proc").join(process).join("task"))?;
    let nanoseconds = |thread: std::fs::DirEntry| -> Option<u64> {
        let statistics = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse().ok()
    };
    match threads.flatten().filter_map(nanoseconds).sum() {
        0 => Err(io::Error::other("the kernel does not tell the processor time of threads")),
        sum => Ok(Duration::from_nanos(sum)),
    }
}
