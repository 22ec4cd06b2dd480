//! A server of a test's own: the real program, on a free loopback port, with a data folder that goes with it.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server. Dropping it ends it.
pub struct Server {
    /// The process.
    pub process: Child,
    /// Its port.
    pub port: u16,
    /// The secret of the one-time link that it printed.
    pub secret: String,
    /// Its data directory.
    pub data: tempfile::TempDir,
    /// The log that it serves.
    pub log: tempfile::NamedTempFile,
}

impl Server {
    /// Starts a server on a log with these lines.
    pub fn start(lines: &str) -> Self {
        Self::start_with(lines, "")
    }

    /// Starts a server whose `[frereth]` table holds `settings`.
    pub fn start_with(lines: &str, settings: &str) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(log.path(), lines).expect("a temporary file can be written");
        let config = data.path().join("Leptos.toml");
        std::fs::write(&config, format!("[frereth]\n{settings}\n")).expect("a temporary file can be written");
        let port = free_port();
        let (process, secret) = spawn(port, data.path(), &config, log.path());
        Self { process, port, secret, data, log }
    }

    /// Kills the server and starts it again: same port, same data.
    pub fn restart(&mut self) {
        self.process.kill().expect("our own child");
        self.process.wait().expect("our own child");
        let config = self.data.path().join("Leptos.toml");
        let (process, secret) = spawn(self.port, self.data.path(), &config, self.log.path());
        self.process = process;
        self.secret = secret;
    }

    /// Gives an order on the command line, with this on its standard input, and returns what it prints.
    pub fn order(&self, order: &[&str], input: &str) -> String {
        let mut process = Command::new(program())
            .args(order)
            .args(["--data", &self.data.path().to_string_lossy()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        process.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads its input");
        let output = process.wait_with_output().expect("our own child");
        assert!(output.status.success(), "{order:?}: {}", output.status);
        String::from_utf8(output.stdout).expect("text")
    }

    /// Asks the server to stop, as Ctrl-C does, and returns at once.
    pub fn stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(asked.expect("kill is there").success());
    }

    /// Waits until the server is gone.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.process.wait().expect("our own child")
    }

    /// The origin that browsers see.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// A URL of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    probe.local_addr().expect("a bound socket has an address").port()
}

/// The program that was built with the tests, unless `FRERETH_BIN` names another: a bench measures the release.
fn program() -> OsString {
    std::env::var_os("FRERETH_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_frereth").into())
}

fn spawn(port: u16, data: &Path, config: &Path, log: &Path) -> (Child, String) {
    let mut process = Command::new(program())
        .arg("serve")
        .args(["--config", &config.to_string_lossy(), "--listen", &format!("127.0.0.1:{port}")])
        .args(["--data", &data.to_string_lossy(), "--no-open", "--print-link"])
        .arg(log)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("its output can be read");
    let Some((_, secret)) = line.trim().split_once("/login#") else {
        let mut errors = String::new();
        let _ = process.kill();
        let _ = process.stderr.take().expect("piped").read_to_string(&mut errors);
        panic!("no link but {line:?}: {errors}");
    };
    let secret = secret.to_owned();
    // Nobody reads the rest of its log: let it go where it cannot block.
    let mut errors = process.stderr.take().expect("piped");
    std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
    (process, secret)
}
