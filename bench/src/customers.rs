//! Whether imports and the dev server keep their speed with the number of customers.

use std::io::{BufWriter, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tests::Client;
use tokio::process::Command;

const START_LIMIT: Duration = Duration::from_secs(60);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Imports ten thousand and a hundred thousand customers into fresh folders with the `accounts` in the folder
/// `binaries`, starts its `local` over each, and prints how long that took. It takes some minutes. On a shared machine,
/// only the CPU time is meaningful.
pub(crate) async fn print(binaries: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut each = Vec::new();
    for customers in [10_000, 100_000] {
        let data = folder.path().join(customers.to_string());
        each.push(import(binaries, &data, customers).await?);
        // The first start creates the signing key.
        serve(binaries, &data, Duration::ZERO).await?;
        // After the sweep at the start, and until after the next one.
        let (answered, idle) = serve(binaries, &data, Duration::from_secs(60)).await?;
        println!(
            "The dev server over them answered after {} ms, and took {} ms of CPU in a minute with one sweep.",
            answered.as_millis(),
            idle.as_millis()
        );
    }
    println!("One of many customers takes {:.2} times the CPU of one of few.", each[1] / each[0]);
    Ok(())
}

/// Microseconds of CPU per customer.
async fn import(binaries: &Path, data: &Path, customers: u32) -> Result<f64> {
    let file = data.with_extension("ndjson");
    write_customers(&file, customers)?;
    let (started, before) = (Instant::now(), cpu_time("self", OF_CHILDREN)?);
    let mut import = Command::new(binaries.join("accounts"));
    let import = import.arg("import").arg(&file).arg("--data").arg(data).stdout(Stdio::null());
    let status = import.status().await?;
    if !status.success() {
        return Err(format!("the import ended with {status}").into());
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(customers);
    let (took, cpu) = (started.elapsed(), cpu_time("self", OF_CHILDREN)? - before);
    println!(
        "Importing {customers} customers took {:.1} s, {:.0} µs and {:.0} µs of CPU each.",
        took.as_secs_f64(),
        each(took),
        each(cpu)
    );
    Ok(each(cpu))
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

/// The time from the start of `local` to its first answer, and the CPU time it then takes for so long.
async fn serve(binaries: &Path, data: &Path, idle: Duration) -> Result<(Duration, Duration)> {
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
        if started.elapsed() > START_LIMIT {
            return Err("the dev server does not listen".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The function writes to the table.
    let nobody = serde_json::json!({ "email": "nobody@example.com" });
    client.post("/customer-forgotten-password", nobody).await.expect(204);
    let answered = started.elapsed();
    tokio::time::sleep(idle / 6).await;
    let process = server.id().ok_or("the dev server has ended")?.to_string();
    let before = cpu_time(&process, OWN)?;
    tokio::time::sleep(idle).await;
    let idle = cpu_time(&process, OWN)? - before;
    server.kill().await?;
    Ok((answered, idle))
}

/// Where `/proc/…/stat` has user and system time behind the process's name: those of its threads, and those of the
/// children that have ended.
const OWN: usize = 11;
const OF_CHILDREN: usize = 13;

/// To a hundredth of a second.
fn cpu_time(process: &str, of: usize) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("an unknown format")?;
    let ticks = fields.split_whitespace().skip(of).take(2).map(str::parse::<u64>);
    Ok(Duration::from_millis(10 * ticks.sum::<std::result::Result<u64, _>>()?))
}
