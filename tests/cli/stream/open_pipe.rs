//! A line comes out as soon as it is complete.

use std::time::{Duration, Instant};

use kit::fixtures::api_call;

use super::{ARGS, number_of, numbered};
use crate::harness::start;

#[test]
fn one_sign_in_comes_out_of_an_open_pipe_without_waiting_for_more() {
    let mut live = start(&ARGS);
    for number in 0..3 {
        live.send(numbered(number).as_bytes());
        assert_eq!(number_of(live.next().trim_ascii_end()), number);
    }
    live.end_input();
    assert_eq!(live.finish().exits(0).stdout, b"");
}

#[test]
fn a_sign_in_comes_out_while_the_next_line_is_half_written() {
    let mut live = start(&ARGS);
    let second = numbered(2);
    live.send((numbered(1) + &second[..100]).as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    live.says_nothing_for(Duration::from_millis(100));
    live.send(&second.as_bytes()[100..]);
    assert_eq!(number_of(live.next().trim_ascii_end()), 2);
}

#[test]
fn a_line_written_in_small_pieces_comes_out_whole() {
    let mut live = start(&ARGS);
    for piece in numbered(7).as_bytes().chunks(41) {
        live.send(piece);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(number_of(live.next().trim_ascii_end()), 7);
}

#[test]
fn records_of_a_container_still_being_written_are_not_lost_when_it_ends() {
    let mut live = start(&ARGS);
    let [first, second] = [1, 2].map(|number| numbered(number).trim_end().to_owned());
    live.send(format!("{{\"Records\":[{first},").as_bytes());
    std::thread::sleep(Duration::from_millis(50));
    live.send(format!("{second}]}}\n").as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    assert_eq!(number_of(live.next().trim_ascii_end()), 2);
}

#[test]
fn a_line_through_an_open_pipe_takes_little_time() {
    let mut live = start(&ARGS);
    let mut times: Vec<Duration> = (0..1000)
        .map(|number| {
            let line = numbered(number);
            let since = Instant::now();
            live.send(line.as_bytes());
            live.next();
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    let (median, p99) = (times[500], times[990]);
    println!("one line through an open pipe: median {median:?}, p99 {p99:?}, worst {:?}", times[999]);
    assert!(p99 < Duration::from_millis(50), "p99 {p99:?}");
}

#[test]
fn other_events_in_between_do_not_delay_a_sign_in() {
    let mut live = start(&ARGS);
    for number in 0..20 {
        let noise: String = (0..50).map(|n| api_call(n) + "\n").collect();
        live.send((noise + &numbered(number)).as_bytes());
        assert_eq!(number_of(live.next().trim_ascii_end()), number);
    }
}

#[test]
fn keep_all_passes_every_line_at_once() {
    let mut live = start(&[&ARGS[..], &["--keep", "all"]].concat());
    let event = api_call(1) + "\n";
    live.send(event.as_bytes());
    assert_eq!(live.next(), event.as_bytes());
}
