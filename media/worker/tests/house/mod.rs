//! A worker process and the connection of its owner.
#![allow(dead_code)]

pub mod browser;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{json, Value};

pub struct Owner {
    reader: BufReader<UnixStream>,
    seq: u64,
    pub notices: Vec<Value>,
}

pub struct Worker {
    pub process: Child,
    pub directory: PathBuf,
}

impl Worker {
    pub fn start(name: &str, ports: &str) -> Self {
        Self::with_browsers(name, ports, 0)
    }

    /// `browsers`: UDP and TCP port for them, 0 for none.
    pub fn with_browsers(name: &str, ports: &str, browsers: u16) -> Self {
        let directory =
            std::env::temp_dir().join(format!("switchroom-worker-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let process = Command::new(env!("CARGO_BIN_EXE_switchroom-media"))
            .arg("--socket")
            .arg(directory.join("control"))
            .args(["--rtp-ports", ports])
            .args(["--webrtc-port", &browsers.to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        Self { process, directory }
    }

    /// A connection that has not said hello.
    pub fn connect(&self) -> Owner {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            match UnixStream::connect(self.directory.join("control")) {
                Ok(stream) => {
                    stream
                        .set_read_timeout(Some(Duration::from_secs(5)))
                        .expect("timeout");
                    return Owner {
                        reader: BufReader::new(stream),
                        seq: 0,
                        notices: Vec::new(),
                    };
                }
                Err(error) => assert!(Instant::now() < deadline, "no control socket: {error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn owner(&self) -> Owner {
        let mut owner = self.connect();
        assert_eq!(owner.one(json!({"op": "hello"}))["result"], "hello");
        owner
    }

    pub fn terminate(mut self) -> i32 {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill")
            .arg(pid)
            .status()
            .expect("kill")
            .success());
        self.process.wait().expect("its end").code().unwrap_or(-1)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Owner {
    pub fn read(&mut self) -> Option<Value> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_str(&line).expect("json")),
            Err(error) => panic!("no answer: {error}"),
        }
    }

    pub fn write(&mut self, line: &str) {
        self.reader
            .get_mut()
            .write_all(line.as_bytes())
            .expect("write");
    }

    pub fn call(&mut self, commands: Vec<Value>) -> Vec<Value> {
        self.seq += 1;
        self.write(&format!(
            "{}\n",
            json!({"seq": self.seq, "commands": commands})
        ));
        loop {
            let message = self.read().expect("the worker is there");
            if message["type"] == "done" {
                assert_eq!(message["seq"], self.seq);
                return message["results"].as_array().expect("results").clone();
            }
            self.notices.push(message);
        }
    }

    pub fn one(&mut self, command: Value) -> Value {
        self.call(vec![command]).remove(0)
    }

    /// Waits for the next event of that kind.
    pub fn event(&mut self, kind: &str) -> Value {
        loop {
            if let Some(at) = self
                .notices
                .iter()
                .position(|n| n["event"]["event"] == kind)
            {
                return self.notices.remove(at);
            }
            let message = self.read().expect("the worker is there");
            self.notices.push(message);
        }
    }
}
