//! Compressed bodies without a Content-Encoding. `curl --data-binary @x.json.gz` names none: such
//! bodies were once answered 200, and their sign-ins were lost.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::client::{chunked, gzip, request};
use crate::listener::{Listener, PATIENCE, send, socket};
use crate::records::{line, lines, numbers};

/// The text in unsupported formats, and their names.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u16> = std::iter::once(0xfeff).chain(text.encode_utf16()).collect();
    let rest = text.as_bytes();
    vec![
        // Their first bytes are enough: nothing decompresses them.
        ("zstd", [b"\x28\xb5\x2f\xfd\x24\x05\x29\0\0", rest].concat()),
        ("bzip2", [b"BZh91AY&SY", rest].concat()),
        ("xz", [b"\xfd7zXZ\0\0\x04", rest].concat()),
        ("lz4", [b"\x04\x22\x4d\x18\x64\x40", rest].concat()),
        ("zip", [b"PK\x03\x04\x14\0", rest].concat()),
        ("UTF-16", utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16", utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
    ]
}

#[test]
fn gzip_is_decompressed_with_and_without_content_encoding() {
    let listener = Listener::http(&[]);
    let mut client = listener.client();
    let kinds = ["", "Content-Type: application/gzip\r\n", "Content-Encoding: identity\r\n"];
    for (number, headers) in kinds.into_iter().enumerate() {
        let answer = client.post(headers, &gzip(line(number).as_bytes())).unwrap();
        assert_eq!((answer.status, &*answer.text), (200, "{\"lines\":1,\"forwarded\":1}\n"), "{headers}");
    }
    let encodings = "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n";
    assert_eq!(client.post(encodings, &gzip(line(3).as_bytes())).unwrap().status, 200);
    // The first bytes may arrive one at a time.
    client.write(&chunked("", &gzip(line(4).as_bytes()), 1)).unwrap();
    assert_eq!(client.answer().unwrap().status, 200);
    for byte in request("", &gzip(line(5).as_bytes())) {
        client.write(&[byte]).unwrap();
    }
    assert_eq!(client.answer().unwrap().status, 200);
    // The filter does not wait for a second byte that does not come, and text goes on as it is.
    client.acknowledged("\x1f");
    client.acknowledged(&format!("\x1f\n{}", line(6)));
    assert_eq!(numbers(&listener.stop().with(0).out), (0..7).collect::<Vec<_>>());
}

#[test]
fn binary_bodies_are_answered_415_and_reported() {
    let listener = Listener::http(&[]);
    for (name, bytes) in forms(&lines(0..10)) {
        let packed = gzip(&bytes);
        for (headers, bytes) in [("", &bytes), ("Content-Encoding: gzip\r\n", &packed), ("", &packed)] {
            let answer = listener.client().post(headers, bytes).unwrap();
            assert_eq!(answer.status, 415, "{name}: {answer:?}");
            assert!(answer.text.contains(&format!("the body is {name}")), "{answer:?}");
            assert!(answer.text.contains("send UTF-8 text, as it is or gzipped once"), "{answer:?}");
        }
        let mut client = listener.client();
        client.write(&chunked("", &bytes[..40], 1)).unwrap();
        assert_eq!(client.answer().unwrap().status, 415, "{name}, byte by byte");
    }
    let twice = gzip(&gzip(line(1).as_bytes()));
    for headers in ["", "Content-Encoding: gzip\r\n"] {
        let answer = listener.client().post(headers, &twice).unwrap();
        assert!(answer.status == 415 && answer.text.contains("gzip inside gzip"), "{answer:?}");
    }
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [0; 0]);
    assert!(ended.messages.contains("a request was answered 415: the body is zstd"), "{}", ended.messages);
}

/// Formats that a text may begin like are refused only where no record follows: a strange first line must not cost the others.
#[test]
fn other_formats_are_refused_if_no_record_is_in_all_of_it() {
    let listener = Listener::http(&[]);
    let text = lines(0..3);
    let binary = [&b"\x15\x04\x15\xc4\x1d\0\0\x01"[..]; 40].concat();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, magic, rest) in [
        ("Parquet", &b"PAR1"[..], &binary),
        ("Avro", b"Obj\x01", &binary),
        ("ORC", b"ORC", &binary),
        ("MessagePack", b"\x82\xa4name", &binary),
        ("UTF-16LE", b"", &wide),
    ] {
        let bytes = [magic, rest].concat();
        for (headers, bytes) in [("", &bytes), ("Content-Encoding: gzip\r\n", &gzip(&bytes))] {
            let answer = listener.client().post(headers, bytes).unwrap();
            assert_eq!(answer.status, 415, "{name}: {answer:?}");
            assert!(answer.text.contains(&format!("the body is {name}")), "{answer:?}");
        }
    }
    let strange = [b"PAR1\x15\x04 and a line break\n", text.as_bytes()].concat();
    assert_eq!(listener.client().post("", &strange).unwrap().status, 200);
    assert_eq!(numbers(&listener.stop().with(0).out), [0, 1, 2]);
}

#[test]
fn every_content_encoding_named_applies() {
    let listener = Listener::http(&[]);
    let packed = gzip(line(1).as_bytes());
    for headers in [
        "Content-Encoding: identity\r\nContent-Encoding: zstd\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: br\r\n",
        "Content-Type: text/plain; charset=utf-16le\r\n",
    ] {
        assert_eq!(listener.client().post(headers, &packed).unwrap().status, 415, "{headers}");
    }
    for coding in ["gzip, chunked", "gzip\r\nTransfer-Encoding: chunked"] {
        let mut client = listener.client();
        let body = String::from_utf8_lossy(&chunked("", b"x", 1)).replace("chunked", coding);
        client.write(body.as_bytes()).unwrap();
        let answer = client.answer().unwrap();
        assert!(answer.status == 415 && answer.text.contains("Transfer-Encoding"), "{answer:?}");
    }
    assert_eq!(numbers(&listener.stop().with(0).out), [0; 0]);
}

#[test]
fn a_line_connection_with_binary_data_is_closed_and_reported() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address], &[]);
    let mut all = forms(&lines(0..10));
    all.push(("gzip", gzip(lines(0..10).as_bytes())));
    for (name, bytes) in &all {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // The connection may be closed before everything is written.
        for byte in &bytes[..40] {
            let _ = stream.write_all(&[*byte]);
        }
        let closed = stream.read(&mut [0]);
        assert!(
            !closed.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
            "{name}"
        );
        let says = format!("what was sent is {name}, and lines of UTF-8 text are read here");
        listener.wait_until("it is reported", |listener| listener.messages().contains(&says));
    }
    send(&path, line(1).as_bytes());
    listener.wait_for_lines(1);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(numbers(&listener.stop().with(0).out), [1]);
}
