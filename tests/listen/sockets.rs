//! The files of unix sockets, and addresses that cannot be bound.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use crate::listener::{Listener, program, send, socket};
use crate::records::{line, numbers};

#[track_caller]
fn rejected(arguments: &[&str], says: &str) {
    let output = program(arguments).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{messages}");
    assert!(messages.contains(says), "{messages}");
    assert!(!messages.contains("listening on"), "{messages}");
}

#[test]
fn a_stale_socket_is_replaced() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address], &[]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    listener.child.kill().unwrap();
    listener.child.wait().unwrap();
    assert!(path.exists());
    let mut listener = Listener::start(&[&address], &["--listen-mode", "660"]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    send(&path, line(1).as_bytes());
    listener.wait_for_lines(1);
    listener.stop().with(0);
    assert!(!path.exists());
}

#[test]
fn of_several_starts_over_a_stale_socket_one_listens() {
    let (directory, path, address) = socket();
    let stderr = |number: usize| directory.path().join(format!("said-{number}"));
    for round in 0..5 {
        drop(UnixListener::bind(&path).unwrap());
        let mut children: Vec<_> = (0..6)
            .map(|number| {
                let mut command = program(&["--hours", "off", "--listen", &address]);
                command.stderr(std::fs::File::create(stderr(number)).unwrap()).spawn().unwrap()
            })
            .collect();
        let since = std::time::Instant::now();
        let messages = |number| std::fs::read_to_string(stderr(number)).unwrap();
        let decided = |text: &str| text.contains("listening on") || text.contains("another program listens");
        while !(0..6).all(|number| decided(&messages(number))) {
            assert!(
                since.elapsed() < crate::listener::PATIENCE,
                "{:?}",
                (0..6).map(messages).collect::<Vec<_>>()
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let listening = (0..6).filter(|&number| messages(number).contains("listening on")).count();
        let reached = std::os::unix::net::UnixStream::connect(&path).is_ok();
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!((listening, reached), (1, true), "round {round}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_stale_socket_is_replaced_by_one_process_at_a_time() {
    let (directory, path, address) = socket();
    drop(UnixListener::bind(&path).unwrap());
    // As if another process were replacing it.
    let folder = std::fs::File::open(directory.path()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(500));
        drop(folder);
    });
    let since = std::time::Instant::now();
    let listener = Listener::start(&[&address], &[]);
    assert!(since.elapsed() > std::time::Duration::from_millis(400), "it did not wait");
    holder.join().unwrap();
    listener.stop().with(0);
    // A lock on the folder for other reasons does not keep the program from starting.
    let folder = std::fs::File::open(directory.path()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    Listener::start(&[&address], &[]).stop().with(0);
}

#[test]
fn a_socket_in_use_is_not_replaced() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address], &[]);
    rejected(&["--listen", &address], "another program listens there");
    send(&path, line(1).as_bytes());
    listener.wait_for_lines(1);
    assert_eq!(numbers(&listener.stop().with(0).out), [1]);
    std::fs::write(&path, "precious").unwrap();
    rejected(&["--listen", &address], "not a socket");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_failed_start_leaves_no_socket() {
    let (_directory, path, address) = socket();
    rejected(&["--listen", &address, "--hours", "Mon-Fri 25:00"], "25");
    assert!(!path.exists());
    rejected(&["--listen", "unix:/nonexistent/s"], "--listen unix:/nonexistent/s");
    rejected(
        &["--listen", "http:127.0.0.1:0", "--listen", "tcp:no-such-host.invalid:1"],
        "no-such-host.invalid",
    );
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let listener = Listener::http(&[]);
    let address = format!("http:{}", listener.host(0));
    rejected(&["--listen", &address], &address);
}

#[test]
fn files_and_listening_exclude_each_other() {
    let output = program(&["--listen", "http:127.0.0.1:0", "file.ndjson"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot be used with"));
}

#[test]
fn the_socket_is_bound_before_the_outbox_is_opened() {
    // Another process holds the outbox: the start fails late. Until then the socket existed, and
    // afterwards it does not.
    let (directory, path, address) = socket();
    let config = directory.path().join("afterhours.toml");
    let pipe = directory.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    // A configuration that takes time: its calendar is a pipe that nobody writes to yet. The file itself
    // is read first, because it may name the sockets.
    let text = "[default]\nhours = \"Mo-Fr 09:00-17:00\"\nclosed = [\"calendar:slow\"]\n[calendars.slow]\nics = \"pipe\"\n";
    std::fs::write(&config, text).unwrap();
    let mut command = program(&["-c", config.to_str().unwrap()]);
    command.args(["--listen", &address]);
    let mut child = command.spawn().unwrap();
    let since = std::time::Instant::now();
    while std::os::unix::net::UnixStream::connect(&path).is_err() {
        assert!(since.elapsed() < crate::listener::PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!(child.try_wait().unwrap(), None, "it waits for its calendar, and its shipper can connect");
    child.kill().unwrap();
    child.wait().unwrap();
    // A stale socket does not prevent the start.
    drop(UnixListener::bind(directory.path().join("other")).unwrap());
}
