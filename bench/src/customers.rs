//! Whether imports and the dev server keep their speed with the number of customers.

use std::io::{BufWriter, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tests::Client;
use tokio::process::{Child, Command};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Imports ten thousand and a hundred thousand customers into fresh folders with the `accounts` in the folder
/// `binaries`, starts its `local` over the larger table, and prints how long each took. It takes some minutes; on a
/// shared machine, only the ratio is meaningful.
pub(crate) async fn print(binaries: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    let in_small = import(binaries, &small, 10_000).await?;
    let in_large = import(binaries, &large, 100_000).await?;
    println!("A customer costs {:.2} times as much.", in_large / in_small);
    // The first start creates the signing key.
    for start in ["first", "second"] {
        let (answered, sweep) = serve(binaries, &large, start == "second").await?;
        println!("The {start} start over them answered after {:.0} ms.", answered.as_secs_f64() * 1e3);
        if let Some(sweep) = sweep {
            println!("A minute without requests, with one sweep, takes {} ms of CPU.", sweep.as_millis());
        }
    }
    Ok(())
}

/// Microseconds per customer.
async fn import(binaries: &Path, data: &Path, customers: u32) -> Result<f64> {
    let file = data.with_extension("ndjson");
    write_customers(&file, customers)?;
    let started = Instant::now();
    let mut import = Command::new(binaries.join("accounts"));
    let import = import.arg("import").arg(&file).arg("--data").arg(data).stdout(Stdio::null());
    let status = import.status().await?;
    let took = started.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the import ended with {status}").into());
    }
    let each = took * 1e6 / f64::from(customers);
    println!("Importing {customers} customers took {took:.1} s, {each:.0} µs each.");
    Ok(each)
}

/// With two addresses each, as docs/import.md has them.
fn write_customers(file: &Path, customers: u32) -> Result<()> {
    let address = serde_json::json!({
        "salutation": "Ms", "firstName": "Sonia", "lastName": "Wagner",
        "address1": "Street", "address2": "5", "zipCode": "10115", "city": "Berlin", "iso2Code": "DE",
    });
    let mut file = BufWriter::new(std::fs::File::create(file)?);
    for number in 1..=customers {
        let customer = serde_json::json!({
            "customerReference": format!("DE--{number}"), "email": format!("c{number}@example.com"),
            "salutation": "Ms", "firstName": "Sonia", "lastName": "Wagner",
            "passwordHash": "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq",
            "addresses": [address, address],
        });
        writeln!(file, "{customer}")?;
    }
    Ok(file.flush()?)
}

/// The time from the start of `local` to its first answer and, if asked for, its CPU time in a minute after that.
async fn serve(binaries: &Path, data: &Path, for_a_minute: bool) -> Result<(Duration, Option<Duration>)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let client = Client::new(&format!("http://127.0.0.1:{port}"));
    let started = Instant::now();
    let mut server = Command::new(binaries.join("local"));
    let server = server.arg("--port").arg(port.to_string()).arg("--data").arg(data);
    let mut server = server.stdout(Stdio::null()).kill_on_drop(true).spawn()?;
    while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        if let Some(status) = server.try_wait()? {
            return Err(format!("the dev server ended with {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The function writes to the table.
    let nobody = serde_json::json!({ "email": "nobody@example.com" });
    client.post("/customer-forgotten-password", nobody).await.expect(204);
    let answered = started.elapsed();
    let mut idle = None;
    if for_a_minute {
        // After the sweep at the start, and until after the next one.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let before = cpu_time(&server)?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        idle = Some(cpu_time(&server)? - before);
    }
    server.kill().await?;
    Ok((answered, idle))
}

/// What the process's threads have used, to a hundredth of a second.
fn cpu_time(process: &Child) -> Result<Duration> {
    let id = process.id().ok_or("the dev server has ended")?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The fields behind the name, which may have spaces: user and system time are the 14th and 15th of all.
    let (_, fields) = stat.rsplit_once(')').ok_or("an unknown format")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(Duration::from_millis(10 * ticks.sum::<std::result::Result<u64, _>>()?))
}
