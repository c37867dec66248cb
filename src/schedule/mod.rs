//! STUB
use bytes::BufMut;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    OutsideWindow,
    ClosedDay,
    Holiday,
    NeverOpen,
    InsideWindow,
    ExtraWindow,
    OnCall,
}
impl Reason {
    pub fn is_inside(self) -> bool {
        matches!(self, Reason::InsideWindow)
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::InsideWindow => "inside_window",
            Reason::NeverOpen => "never_open",
            _ => "outside_window",
        }
    }
}
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    pub reason: Reason,
    pub cause: Option<&'a str>,
}
#[derive(Debug)]
pub struct Schedule {
    pub off: bool,
}
#[derive(Debug, Default)]
pub struct Recent;
impl Recent {
    pub fn at<'s>(&mut self, s: &'s Schedule, t: i64) -> Verdict<'s> {
        let d = t.div_euclid(86400) + 3;
        let h = t.rem_euclid(86400);
        Verdict {
            reason: if s.off {
                Reason::NeverOpen
            } else if d.rem_euclid(7) < 5 && (9 * 3600..17 * 3600).contains(&h) {
                Reason::InsideWindow
            } else {
                Reason::OutsideWindow
            },
            cause: None,
        }
    }
}
#[derive(Debug)]
pub struct Zone;
impl Zone {
    pub fn name(&self) -> &str {
        "UTC"
    }
    pub fn local(&self, t: i64) -> LocalTime {
        LocalTime(t)
    }
}
#[derive(Debug, Clone, Copy)]
pub struct LocalTime(i64);
impl LocalTime {
    pub fn write_rfc3339(&self, out: &mut impl BufMut) {
        out.put_slice(b"2026-11-23T03:12:44-05:00")
    }
}
impl Schedule {
    pub fn name(&self) -> &str {
        "default"
    }
    pub fn zone(&self) -> &Zone {
        &Zone
    }
}
