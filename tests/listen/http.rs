//! Requests and answers.

use std::time::Duration;

use crate::client::{chunked, gzip, request};
use crate::listener::Listener;
use crate::records::{api_call, line, lines, numbers};

#[test]
fn a_200_comes_after_the_lines_are_written() {
    let listener = Listener::http(&[]);
    let mut client = listener.client();
    for number in 0..100 {
        client.acknowledged(&line(number));
        // Written before the answer: only this test's reading of the pipe may lag.
        let mut tries = 0;
        while numbers(&listener.out()).len() <= number {
            tries += 1;
            assert!(tries < 1000, "not out");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    assert_eq!(numbers(&listener.stop().with(0).out), (0..100).collect::<Vec<_>>());
}

#[test]
fn one_connection_serves_many_requests_also_pipelined() {
    let listener = Listener::http(&["--stats=json"]);
    let mut client = listener.client();
    client.acknowledged(&line(0));
    let both =
        [request("", line(1).as_bytes()), chunked("", line(2).as_bytes(), 10), request("", b"")].concat();
    client.write(&both).unwrap();
    for _ in 0..3 {
        assert_eq!(client.answer().unwrap().status, 200);
    }
    client.acknowledged(&lines(3..5));
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [0, 1, 2, 3, 4]);
    let stats =
        ended.messages.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).unwrap();
    let stats = &stats["afterhours"];
    assert_eq!(stats["forwarded"], 5, "{stats}");
    let served = serde_json::json!({
        "connections": 1, "requests": 5, "acknowledged": 5, "sent_back": 0, "refused": 0, "cut": 0,
    });
    assert_eq!(stats["served"], served);
}

#[test]
fn a_body_of_many_megabytes_goes_through_in_little_memory() {
    let listener = Listener::http(&[]);
    let noise = api_call().repeat(1000);
    let mut body = String::new();
    for number in 0..40 {
        body.push_str(&noise);
        body.push_str(&line(number));
    }
    assert!(body.len() > 40 << 20);
    let mut client = listener.client();
    let answer = client.acknowledged(&body);
    assert_eq!(answer.text, "{\"lines\":40040,\"forwarded\":40}\n");
    assert_eq!(client.post("Content-Encoding: gzip\r\n", &gzip(body.as_bytes())).unwrap().status, 200);
    let peak = listener.peak_memory();
    println!("two bodies of {} MB: peak {peak} KiB", body.len() / 1_000_000);
    assert!(peak < 64 * 1024, "{peak} KiB");
    assert_eq!(numbers(&listener.stop().with(0).out), (0..40).chain(0..40).collect::<Vec<_>>());
}

#[test]
fn gzip_of_several_members_is_one_body() {
    let listener = Listener::http(&[]);
    let text = lines(0..10);
    let (one, other) = text.split_at(700);
    let members = [gzip(one.as_bytes()), gzip(other.as_bytes())].concat();
    assert_eq!(listener.client().post("Content-Encoding: gzip\r\n", &members).unwrap().status, 200);
    assert_eq!(numbers(&listener.stop().with(0).out), (0..10).collect::<Vec<_>>());
}

#[test]
fn expect_100_continue_is_answered() {
    let listener = Listener::http(&[]);
    let mut client = listener.client();
    let body = line(7);
    let head = format!(
        "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.write(head.as_bytes()).unwrap();
    assert_eq!(client.answer().unwrap().status, 100);
    client.write(body.as_bytes()).unwrap();
    assert_eq!(client.answer().unwrap().status, 200);
    assert_eq!(numbers(&listener.stop().with(0).out), [7]);
}

#[test]
fn requests_that_are_not_a_post_of_text_are_rejected_with_the_reason() {
    let listener = Listener::http(&[]);
    let mut client = listener.client();
    client.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, &*answer.text), (200, "ok\n"));
    let mut client = listener.client();
    client.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, &*answer.headers["allow"]), (405, "POST, PUT"));

    let rejected = |headers: &str, status: u16, says: &str| {
        let answer = listener.client().post(headers, line(1).as_bytes()).unwrap();
        assert_eq!(answer.status, status, "{headers}");
        assert!(answer.text.contains(says), "{answer:?}");
    };
    rejected("Content-Type: application/msgpack\r\n", 415, "json_lines");
    rejected("Content-Encoding: zstd\r\n", 415, "gzip");
    rejected("Origin: http://evil.example\r\n", 403, "web pages");
    rejected("Content-Encoding: gzip\r\n", 400, "unpacked");
    let mut client = listener.client();
    client.write(b"this is no HTTP\r\n\r\n").unwrap();
    assert_eq!(client.answer().unwrap().status, 400);
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [0; 0]);
    assert!(ended.messages.contains("a request was answered 415: application/msgpack"), "{}", ended.messages);
}

#[test]
fn a_truncated_body_gives_its_complete_lines_and_no_200() {
    let mut listener = Listener::http(&["--stats"]);
    let text = lines(0..3);
    let mut client = listener.client();
    let part = &text.as_bytes()[..text.len() - 100];
    client.write(format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", text.len()).as_bytes()).unwrap();
    client.write(part).unwrap();
    client.close();
    listener.wait_for_lines(2);
    // Half a line is neither a sign-in nor a warning: the request is sent again.
    let mut client = listener.client();
    client.acknowledged(&text);

    let packed = gzip(text.as_bytes());
    let answer = client.post("Content-Encoding: gzip\r\n", &packed[..packed.len() - 4]).unwrap();
    assert_eq!(answer.status, 400, "{answer:?}");
    let ended = listener.stop().with(0);
    let out = numbers(&ended.out);
    assert_eq!(out[..5], [0, 1, 0, 1, 2]);
    assert!(ended.messages.contains("a body was cut off after"), "{}", ended.messages);
    assert!(ended.messages.contains("cut 2"), "{}", ended.messages);
    assert!(!ended.messages.contains("cannot be read"), "{}", ended.messages);
}

#[test]
fn a_warning_names_the_connection_and_the_line() {
    let listener = Listener::http(&[]);
    let text = format!("{}\n{{\"eventName\":\"ConsoleLogin\",", line(0));
    let answer = listener.client().acknowledged(&text);
    assert!(answer.text.contains("\"forwarded\":2"), "{answer:?}");
    let from = format!("http:{} from 127.0.0.1:", listener.host(0));
    let ended = listener.stop().with(0);
    let warning = ended.messages.lines().find(|line| line.contains("cannot be read")).unwrap();
    assert!(warning.contains(&from) && warning.contains(":3: may be a sign-in"), "{warning}");
    assert!(String::from_utf8(ended.out).unwrap().contains("\"line_number\":3"));
}

#[test]
fn the_answer_counts_sign_ins_that_are_in_no_record() {
    let listener = Listener::http(&[]);
    let text =
        "{\"blob\":{\"eventSource\":\"signin.amazonaws.com\",\"eventName\":\"ConsoleLogin\"}}\n".repeat(3);
    let answer = listener.client().acknowledged(&text);
    assert_eq!(answer.text, "{\"lines\":3,\"forwarded\":0,\"unrecognized\":3}\n");
    let ended = listener.stop().with(0);
    assert_eq!(ended.messages.matches("add --record-path blob").count(), 1, "{}", ended.messages);
}

/// A shipper that sends the wrong log group is answered 200 for ever: the answer and stderr say so.
#[test]
fn a_body_without_records_is_named_in_its_answer() {
    let listener = Listener::http(&[]);
    let flow =
        "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 OK\n";
    let warning = "none of 3 lines is a CloudTrail record (they look like VPC flow logs)";
    let mut client = listener.client();
    for (headers, body) in
        [("", flow.repeat(3).into_bytes()), ("Content-Encoding: gzip\r\n", gzip(flow.repeat(3).as_bytes()))]
    {
        let answer = client.post(headers, &body).unwrap();
        assert_eq!(answer.status, 200);
        let answer: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!((&answer["lines"], &answer["warning"]), (&3.into(), &warning.into()), "{answer}");
    }
    let answer = client.post("", api_call().as_bytes()).unwrap();
    assert!(!answer.text.contains("warning"), "{answer:?}");
    let ended = listener.stop().with(0);
    assert!(ended.messages.contains(warning), "{}", ended.messages);
}
