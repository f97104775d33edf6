//! The dev server's binary, for tests of its command line.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tests::Client;

/// A dev server with nearly free password hashes, which ends with the test.
pub(crate) struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) greeting: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Server {
        Server::greeted(command(arguments).spawn().expect("it runs"))
    }

    /// Waits until it has said all.
    pub(crate) fn greeted(mut process: Child) -> Server {
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut greeting = String::new();
        while !greeting.ends_with("Press Ctrl-C to stop.\n") {
            assert_ne!(output.read_line(&mut greeting).expect("text"), 0, "it has stopped: {greeting}");
        }
        Server { process, output, greeting }
    }

    #[track_caller]
    pub(crate) fn base_url(&self) -> &str {
        let first = self.greeting.lines().next().expect("a line");
        first.strip_prefix("Customer accounts are served at ").expect("it has started")
    }

    #[track_caller]
    pub(crate) fn port(&self) -> u16 {
        self.base_url().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
    }

    pub(crate) fn client(&self) -> Client {
        Client::service(self.base_url())
    }

    /// Stops it, and returns what it has printed to standard output and to standard error.
    pub(crate) fn stop(mut self) -> (String, String) {
        let kill = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(kill.expect("a signal is sent").success());
        let (mut printed, mut warned) = (std::mem::take(&mut self.greeting), String::new());
        self.output.read_to_string(&mut printed).expect("text");
        self.process.stderr.take().expect("it is piped").read_to_string(&mut warned).expect("text");
        assert!(self.process.wait().expect("it ends").success(), "{printed}{warned}");
        (printed, warned)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs([
        ("ARGON2_MEMORY_KIB", "8"),
        ("ARGON2_ITERATIONS", "1"),
        ("ARGON2_PARALLELISM", "1"),
        ("SIGN_IN_FLOOR_MS", "0"),
    ]);
    command
}

/// What a server says that does not start.
#[track_caller]
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(arguments).output().expect("it ends");
    assert!(!status.success() && stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
    String::from_utf8(stderr).expect("text")
}
