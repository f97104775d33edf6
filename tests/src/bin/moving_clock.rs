//! A dev server with a clock that can be moved, for tests in other languages: prints its address, then reads lines, each
//! a number of seconds, moves the clock on by them and prints an empty line. It ends with its input.
//!
//!     moving_clock [NAME=VALUE]…    # settings of the functions

use tests::Shop;

// The server runs in the other threads, so that this one may wait for its input.
#[tokio::main]
async fn main() {
    let settings: Vec<String> = std::env::args().skip(1).collect();
    let settings = settings.iter().map(|setting| setting.split_once('=').expect("NAME=VALUE"));
    let shop = Shop::with(&settings.collect::<Vec<_>>()).await;
    println!("{}", shop.base_url());
    for seconds in std::io::stdin().lines() {
        shop.advance(seconds.expect("readable input").parse().expect("seconds"));
        println!();
    }
    shop.stop().await;
}
